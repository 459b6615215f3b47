import re
from html.parser import HTMLParser

import pyarrow as pa
import pytest

from argosy.data_validation import (
    Anomalies,
    generate_statistics,
    infer_schema,
    read_anomalies,
    read_statistics,
    validate_statistics,
    write_anomalies,
    write_statistics,
)
from argosy.data_validation.report import (
    anomalies_html,
    anomalies_page,
    anomalies_text,
    schema_html,
    schema_text,
    statistics_html,
    statistics_text,
)
from argosy.data_validation.statistics.files import statistics_file
from argosy.data_validation.validation.files import anomalies_file
from argosy.data_validation.validation.spec import DriftSkew, Measurement
from argosy.schema import convert, write_schema

EVIL = "<script>alert(1)</script>\x1b[31m"


@pytest.fixture
def artifacts(tmp_path):
    batch = pa.record_batch(
        {
            EVIL: pa.array([[EVIL.encode()], [b"\xff"], None], pa.list_(pa.binary())),
            "age": pa.array([[float("nan")], [1.5], [float("inf")]], pa.list_(pa.float32())),
            "only nan": pa.array([[float("nan")]] * 3, pa.list_(pa.float32())),
            "nothing": pa.nulls(3),
            "flag": pa.array([[0], [1], [1]], pa.list_(pa.int64())),
            "species": pa.array([[b"Adelie"], [b"Gentoo"], [b"Gentoo"]], pa.list_(pa.binary())),
        }
    )
    statistics = generate_statistics([batch])
    paths = {name: str(tmp_path / name) for name in ("statistics", "schema", "anomalies")}
    write_statistics(statistics, statistics_file(paths["statistics"], "train"))
    write_statistics(generate_statistics([]), statistics_file(paths["statistics"], "eval"))
    schema = infer_schema(generate_statistics([batch.slice(0, 1)]))
    write_schema(schema, paths["schema"])
    write_anomalies(validate_statistics(statistics, schema), anomalies_file(paths["anomalies"], "train"))
    write_anomalies(Anomalies(baseline=schema), anomalies_file(paths["anomalies"], "eval"))
    return paths


PAGES = {"statistics": statistics_html, "schema": schema_html, "anomalies": anomalies_html}
TEXTS = {"statistics": statistics_text, "schema": schema_text, "anomalies": anomalies_text}


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.counts, self.headings, self.targets, self.ids = {}, 0, set(), set()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.headings += tag == "th" and attributes.get("scope") in ("row", "col")
        self.ids |= {attributes["id"]} if "id" in attributes else set()
        self.targets |= {attributes["href"].removeprefix("#")} if "href" in attributes else set()


@pytest.mark.parametrize("kind", PAGES)
def test_pages_stand_alone_and_have_real_tables(kind, artifacts):
    html = PAGES[kind](artifacts[kind])
    outline = Outline()
    outline.feed(html)
    assert not re.search(r"https?://|url\(|@import|\bsrc=", html)
    assert html.count("<script") == 1
    assert outline.counts["table"] == outline.counts["caption"]
    assert outline.headings == outline.counts["th"]
    assert outline.counts["h1"] == 1
    assert outline.targets <= outline.ids
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_say_the_same_without_control_characters(kind, artifacts):
    text = TEXTS[kind](artifacts[kind])
    assert "\x1b" not in text
    assert "species" in text
    assert text.endswith("\n")


def test_the_statistics_page_says_what_is_found(artifacts):
    html = statistics_html(artifacts["statistics"])
    assert "age (1 NaN)" in html
    assert "Adelie (33.3%)" in html
    assert html.index("train: 3 rows") < html.index("eval: 0 rows")
    assert "most of them between" in html


def test_a_long_value_is_cut_wherever_the_page_shows_it(tmp_path):
    batch = pa.record_batch({"x": pa.array([[b"y" * 100_000]], pa.list_(pa.binary()))})
    write_statistics(generate_statistics([batch]), statistics_file(str(tmp_path), "train"))
    assert len(statistics_html(str(tmp_path))) < 20_000


def test_the_anomalies_page_says_what_to_do(artifacts):
    html = anomalies_html(artifacts["anomalies"])
    assert "ENUM_TYPE_UNEXPECTED_STRING_VALUES" in html
    assert "1 of 2 splits fit the schema" in html
    assert "Gentoo" in html


def test_the_schema_page_explains_each_kind_of_demand(tmp_path):
    text = """
      feature { name: "a" type: INT int_domain { min: 1 max: 9 is_categorical: true } value_count { min: 1 max: 3 } }
      feature { name: "b" type: BYTES bool_domain { true_value: "y" } presence { min_fraction: 0.5 } }
      feature { name: "c" type: FLOAT float_domain { disallow_nan: true } shape { dim { size: 2 } dim { size: 3 } } }
      feature { name: "d" type: BYTES string_domain { value: "k" } not_in_environment: "SERVING" }
      feature { name: "e" type: BYTES domain: "lost" lifecycle_stage: DEPRECATED value_count { min: 2 } }
      feature { name: "f" type: INT domain: "ages" }
      feature { name: "g" type: BYTES domain: "kinds" }
      int_domain { name: "ages" min: 0 }
      string_domain { name: "kinds" value: "k" }
      default_environment: "SERVING"
    """
    write_schema(convert.from_text(text), str(tmp_path))
    html = schema_html(str(tmp_path))
    for words in (
        "integers from 1 up to 9, categories", "1 to 3 where present", "true or false (&#x27;y&#x27;)",
        "in at least 50% of rows", "numbers, no NaN", "always 2 × 3", "not SERVING", "lost (unknown)", "deprecated",
        "2 or more where present", "ages (integers from 0)", "kinds (1 string)",
    ):  # fmt: skip
        assert words in html
    assert "integers from 1" in schema_text(str(tmp_path))


def test_two_artifacts_stand_side_by_side(artifacts, tmp_path):
    other = pa.record_batch(
        {"flag": pa.array([[0], [0], [1]], pa.list_(pa.int64())), "species": pa.array([[b"Ibis"]] * 3)}
    )
    write_statistics(generate_statistics([other]), statistics_file(str(tmp_path / "other"), "train"))
    html = statistics_html(artifacts["statistics"], against=str(tmp_path / "other"))
    assert "train, other" in html
    assert "these features differ most: species (1.000)" in html
    assert ">absent<" in html


def test_the_anomalies_page_shows_the_features_that_were_judged(artifacts):
    schema = infer_schema(read_statistics(artifacts["statistics"], "train"))
    found = {"train": read_anomalies(artifacts["anomalies"], "train")}
    html = anomalies_page(found, statistics={"train": read_statistics(artifacts["statistics"], "train")}, schema=schema)
    assert "ENUM_TYPE_UNEXPECTED_STRING_VALUES" in html.split('id="categorical"')[1]
    assert "BYTES; required; values: always 1; domain: species (2 strings)" in html


def test_a_notebook_shows_each_object_in_a_frame(artifacts):
    statistics = read_statistics(artifacts["statistics"], "train")
    for shown in (statistics, infer_schema(statistics), read_anomalies(artifacts["anomalies"], "train")):
        html = shown._repr_html_()
        assert html.startswith("<iframe srcdoc=")
        assert "species" in html
        assert html.count("<") == 2


def test_every_measured_distance_is_shown():
    measured = DriftSkew(
        path=("fare",),
        drift=(Measurement(type="JENSEN_SHANNON_DIVERGENCE", value=0.25, threshold=0.1),),
        skew=(Measurement(type="JENSEN_SHANNON_DIVERGENCE", value=0.05, threshold=0.1),),
    )
    html = anomalies_page({"train": Anomalies(drift_skew=(measured,))})
    assert '<td class="num bad">0.2500</td>' in html
    assert '<td class="num">0.0500</td>' in html
    assert html.index("previous") < html.index("serving")
