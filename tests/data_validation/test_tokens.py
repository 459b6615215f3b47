"""Statistics of texts as tokens, against a count by hand, and what validation makes of them."""

import dataclasses
import gzip
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy import artifacts
from argosy.artifacts import HTML, Examples, ExampleStatistics, Input, Output
from argosy.data_validation import (
    generate_statistics,
    read_statistics,
    tokens_frame,
    update_schema,
    validate_statistics,
)
from argosy.data_validation.report import statistics_page
from argosy.data_validation.statistics import convert, histograms
from argosy.data_validation.statistics.accumulate import DatasetAccumulator
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.parse_options import parse_options
from argosy.data_validation.statistics.plan import plan_of
from argosy.data_validation.statistics.spec import Bucket
from argosy.data_validation.statistics.tokens.spec import NL_STATISTICS, NaturalLanguageStatistics
from argosy.data_validation.statistics.tokens.vocabulary import Vocabulary, read_vocabulary
from argosy.data_validation.statistics_step import statistics_gen
from argosy.errors import DataError, ParameterError
from argosy.examples import write_examples
from argosy.examples.tfrecord import frame
from argosy.schema import (
    Coverage,
    Feature,
    NaturalLanguageDomain,
    Schema,
    SequenceLength,
    StructDomain,
    TokenConstraint,
    write_schema,
)

INTS, BYTES = pa.list_(pa.int64()), pa.list_(pa.binary())
WORDS = ("the", "fox", "été", "[PAD]", "[UNK]", "a")
STRANGE = ("dog", "", "__BYTES_VALUE__")
FULL = NaturalLanguageDomain(
    vocabulary="words",
    coverage=Coverage(
        excluded_string_tokens=("[PAD]",), excluded_int_tokens=(5, 77), oov_string_tokens=("[UNK]", "dog")
    ),
    token_constraints=(
        TokenConstraint(string_value="fox"),
        TokenConstraint(int_value=0),
        TokenConstraint(int_value=77),
        TokenConstraint(string_value="never"),
    ),
    sequence_length_constraints=SequenceLength(excluded_int_values=(3,), excluded_string_values=("[PAD]", "a")),
)
PLAIN = NaturalLanguageDomain(
    coverage=Coverage(oov_string_tokens=("dog",)),
    token_constraints=(TokenConstraint(string_value="fox"), TokenConstraint(int_value=0)),
)


def schema_of(kind, domain):
    return Schema(features=(Feature(name="x", type=kind, domain=domain),))


def accumulator_of(kind, domain):
    vocabularies = {"words": Vocabulary(tokens=WORDS)} if domain.vocabulary else {}
    return DatasetAccumulator(plan=plan_of(schema_of(kind, domain), vocabularies))


def batch_of(rows, kind):
    return pa.record_batch({"x": pa.array(rows, INTS if kind == "INT" else BYTES)})


def counted(accumulator, *batches):
    state = accumulator.empty()
    for batch in batches:
        state = accumulator.add(state, batch)
    return tokens_of(accumulator.result(state))


def tokens_of(statistics):
    found = statistics.feature("x").custom(NL_STATISTICS)
    assert isinstance(found, NaturalLanguageStatistics)
    return found


def pairs_of(row, kind, vocabulary):
    """Text and id of each token of a row, by hand."""
    if kind == "INT":
        return [(vocabulary[id_] if 0 <= id_ < len(vocabulary) else None, id_) for id_ in row]
    texts = [value.decode() if value != b"\xff" else "__BYTES_VALUE__" for value in row]
    return [(text, vocabulary.index(text) if text in vocabulary else None) for text in texts]


def check_by_hand(found, rows, kind, domain):
    vocabulary = WORDS if domain.vocabulary else ()
    there = [pairs_of(row, kind, vocabulary) for row in rows if row is not None]
    filled = [row for row in there if row]
    coverage, skipped = domain.coverage, domain.sequence_length_constraints or SequenceLength()

    def is_known(text, id_):
        return text is not None and text not in coverage.oov_string_tokens and (not vocabulary or id_ is not None)

    counts = [
        (text, is_known(text, id_))
        for row in there
        for text, id_ in row
        if text not in coverage.excluded_string_tokens and id_ not in coverage.excluded_int_tokens
    ]
    known = [text for text, is_in in counts if is_in]
    assert found.feature_coverage == pytest.approx(len(known) / len(counts) if counts else 0.0)
    assert found.avg_token_length == pytest.approx(np.mean([len(text) for text in known]) if known else 0.0)
    ranks = sorted(Counter(known).items(), key=lambda item: (-item[1], item[0]))
    assert [(entry.value, entry.frequency) for entry in found.ranks] == ranks
    sizes = [
        sum(text not in skipped.excluded_string_values and id_ not in skipped.excluded_int_values for text, id_ in row)
        for row in filled
    ]
    assert (found.min_sequence_length, found.max_sequence_length) == ((min(sizes), max(sizes)) if sizes else (0, 0))
    for histogram, values in (
        (found.token_length_histogram, [len(text) for text in known]),
        (found.sequence_length_histogram, sizes),
    ):
        assert (histogram is None) == (not values)
        if histogram is not None:
            assert sum(bucket.count for bucket in histogram.buckets) == pytest.approx(len(values))
            assert (histogram.buckets[0].low, histogram.buckets[-1].high) == (min(values), max(values))
    for token in found.token_statistics:
        check_token(token, there)
    by_words = {}
    for row in filled:
        texts_in = [text for text, id_ in row if is_known(text, id_)]
        words = str([id_ if text is None else text for text, id_ in row])
        by_words[words] = (len(texts_in) / len(row), np.mean(list(map(len, texts_in))) if texts_in else 0.0)
    most = min(len(by_words), 5)
    assert len(found.reported_sequences) == 2 * most
    for place, listed in enumerate((found.reported_sequences[:most], found.reported_sequences[most:])):
        assert len(set(listed)) == most
        expected = sorted(measure[place] for measure in by_words.values())[:most]
        assert [by_words[words][place] for words in listed] == pytest.approx(expected)


def check_token(token, rows):
    hits = [[place for place, pair in enumerate(row) if token.token in pair] for row in rows]
    filled = [len(found) for found, row in zip(hits, rows, strict=True) if row]
    assert token.frequency == sum(filled)
    if not token.frequency:
        assert token.positions is None
        return
    holding = [count for count in filled if count]
    assert token.fraction_of_sequences == len(holding) / len(rows)
    assert (token.per_sequence_min_frequency, token.per_sequence_max_frequency) == (min(filled), max(filled))
    assert token.per_sequence_avg_frequency == pytest.approx(np.mean(holding))
    places = Counter(
        int(place / len(row) * 10) for found, row in zip(hits, rows, strict=True) for place in found
    )  # fmt: skip
    assert token.positions is not None
    expected = [Bucket(low=place / 10, high=(place + 1) / 10, count=places[place]) for place in sorted(places)]
    assert list(token.positions.buckets) == expected


texts = st.sampled_from([*(word.encode() for word in (*WORDS, *STRANGE)), b"\xff"])
ids = st.sampled_from([0, 1, 2, 3, 4, 5, 77, -1])


@pytest.mark.parametrize("domain", [FULL, PLAIN], ids=["vocabulary", "none"])
@pytest.mark.parametrize("kind", ["INT", "BYTES"])
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_any_rows_in_any_parts_are_as_counted_by_hand(kind, domain, data):
    tokens = ids if kind == "INT" else texts
    rows = data.draw(st.lists(st.none() | st.lists(tokens, max_size=12), min_size=1, max_size=30))
    cut = data.draw(st.integers(0, len(rows)))
    accumulator = accumulator_of(kind, domain)
    whole = accumulator.add(accumulator.empty(), batch_of(rows, kind))
    found = accumulator.result(whole)
    check_by_hand(tokens_of(found), rows, kind, domain)
    parts = [accumulator.add(accumulator.empty(), batch_of(part, kind)) for part in (rows[cut:], rows[:cut])]
    # What waits is only put together: looked at first, the states of tokens themselves are merged.
    looked_at = [accumulator._settled(part) for part in parts]
    assert tokens_of(accumulator.result(accumulator.merge(*looked_at))) == tokens_of(found)
    (read,) = convert.from_bytes(convert.to_bytes(found))
    assert tokens_of(read) == tokens_of(found)


def test_only_the_tokens_that_values_can_be_are_counted():
    assert [one.token for one in counted(accumulator_of("INT", FULL), batch_of([[1]], "INT")).token_statistics] == [
        "fox",
        0,
        77,
        "never",
    ]
    for kind, rows, token in (("INT", [[1]], 0), ("BYTES", [[b"a"]], "fox")):
        found = counted(accumulator_of(kind, PLAIN), batch_of(rows, kind))
        assert [one.token for one in found.token_statistics] == [token]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([[[b"the"], [b"fox", b"dog"]], None, [[]]], pa.list_(BYTES)),
        pa.array([[b"the", b"fox", b"dog"], None, []], BYTES),
        pa.array([["the", "fox", "dog"], None, []], pa.large_list(pa.large_string())),
        pa.array([["the", None, "fox", "dog"], None, [None]], pa.list_(pa.string())),
    ],
    ids=["nested", "plain", "large", "nulls"],
)
def test_of_whatever_array_an_entry_is_a_sequence(array):
    found = counted(accumulator_of("BYTES", PLAIN), pa.record_batch({"x": array}))
    check_by_hand(found, [[b"the", b"fox", b"dog"], None, []], "BYTES", PLAIN)


def test_values_without_lists_are_sequences_of_one():
    found = counted(accumulator_of("BYTES", PLAIN), pa.record_batch({"x": ["the", None, "fox"]}))
    check_by_hand(found, [[b"the"], None, [b"fox"]], "BYTES", PLAIN)


def test_a_text_within_a_struct_and_in_slices():
    inner = Feature(name="y", type="BYTES", domain=PLAIN)
    struct = Feature(name="x", type="STRUCT", domain=StructDomain(features=(inner,)))
    options = parse_options({"slices": [{"place": None}]})
    rows = pa.array([[{"y": ["the", "fox"]}, {"y": ["dog"]}], [{"y": None}], [{"y": ["a"]}]])
    batch = pa.record_batch({"x": rows, "place": pa.array([["p"], ["q"], ["q"]])})
    found = generate_statistics([batch], options=options, schema=Schema(features=(struct,)))
    whole, sliced = (one.feature("x.y").custom(NL_STATISTICS) for one in (found, found.slice("place_q")))
    check_by_hand(whole, [[b"the", b"fox"], [b"dog"], None, [b"a"]], "BYTES", PLAIN)
    check_by_hand(sliced, [None, [b"a"]], "BYTES", PLAIN)


def test_equal_numbers_of_slices_of_encoded_strings():
    rows = [[WORDS[i % 6].encode(), WORDS[i % 5].encode()] for i in range(60)]
    batch = pa.record_batch({"x": pa.array(rows, BYTES), "even": [i % 2 for i in range(60)]})
    schema = schema_of("BYTES", PLAIN)
    found = generate_statistics([batch], options=parse_options({"slices": [{"even": None}]}), schema=schema)
    check_by_hand(tokens_of(found.slice("even_1")), rows[1::2], "BYTES", PLAIN)


def test_long_sequences_and_tokens_are_reported_by_their_beginning():
    found = counted(accumulator_of("BYTES", PLAIN), batch_of([[b"x" * 5000], [b"y"] * 5000, [b"z"]], "BYTES"))
    assert max(map(len, found.reported_sequences)) < 1100
    assert {words[:3] for words in found.reported_sequences} == {"['x", "['y", "['z"}
    assert found.ranks[1].value.startswith("xxx")
    assert len(found.ranks[1].value) < 1100
    assert found.max_sequence_length == 5000


def test_histograms_are_exact():
    found = counted(accumulator_of("BYTES", PLAIN), batch_of([[b"a" * i for i in range(1, 11)]], "BYTES"))
    boundaries = np.array([1.0, *range(2, 11), 10.0])
    assert found.token_length_histogram is not None
    assert [bucket.low for bucket in found.token_length_histogram.buckets] == boundaries[:-1].tolist()
    expected = histograms.quantiles_histogram(boundaries, np.array([1.0, *range(2, 11), 10.0]))
    assert found.token_length_histogram == expected


def test_a_domain_that_says_nothing_counts_nothing():
    schema = schema_of("BYTES", NaturalLanguageDomain())
    found = generate_statistics([batch_of([[b"a text of words"]], "BYTES")], schema=schema)
    assert found.feature("x").custom(NL_STATISTICS) is None


@pytest.mark.parametrize(
    ("name", "data", "tokens"),
    [
        ("v.txt", "the\nfox\n\u2028\n".encode(), ("the", "fox", "\u2028")),
        ("v.txt", b"the\r\n fox\r\n\r\nlast", ("the", " fox", "", "last")),
        ("v.tfrecord.gz", gzip.compress(frame(pa.array([b"the", b"a\nb"], pa.binary()))), ("the", "a\nb")),
    ],
    ids=["lines", "carriage returns", "records"],
)
def test_a_vocabulary_is_a_token_a_line_or_record(tmp_path, name, data, tokens):
    (tmp_path / name).write_bytes(data)
    assert read_vocabulary(f"file://{tmp_path}/{name}", name="v").tokens == tokens


def test_the_vocabulary_of_the_options_is_the_one_that_the_schema_names(tmp_path):
    (tmp_path / "v.txt").write_text("\n".join(WORDS))
    options = parse_options({"vocab_paths": {"words": str(tmp_path / "v.txt")}})
    rows = [[0, 1, 5], [4, 77]]
    found = generate_statistics([batch_of(rows, "INT")], options=options, schema=schema_of("INT", FULL))
    check_by_hand(tokens_of(found), rows, "INT", FULL)


@pytest.mark.parametrize(
    ("paths", "error", "message"),
    [
        (
            {},
            ParameterError,
            "vocab_paths has no file of 'words', the vocabulary that the schema names for feature 'x'",
        ),
        ({"word": "good"}, ParameterError, "vocab_paths has no file of 'words'.*did you mean 'word'"),
        ({"words": "good", "other": "good"}, ParameterError, "schema names no vocabulary 'other'"),
        ({"words": "nowhere"}, ParameterError, "'words': .*nowhere is not there"),
        ({"words": "http://host/v"}, ParameterError, "scheme not supported"),
        ({"words": "empty"}, DataError, "'words': .*empty has no token"),
        ({"words": "latin"}, DataError, "'words': .*latin is not UTF-8"),
        ({"words": "bad.tfrecord.gz"}, DataError, "bad.tfrecord.gz: not a whole gzip stream"),
    ],
)
def test_vocabularies_that_cannot_be_had_are_refused_by_name(tmp_path, paths, error, message):
    for name, data in {"good": b"a\n", "empty": b"", "latin": b"\xe9t\xe9", "bad.tfrecord.gz": b"\x1f\x8b"}.items():
        (tmp_path / name).write_bytes(data)
    files = {name: file if "://" in file else str(tmp_path / file) for name, file in paths.items()}
    options = StatisticsOptions(vocab_paths=files)
    with pytest.raises(error, match=message):
        generate_statistics([batch_of([[1]], "INT")], options=options, schema=schema_of("INT", FULL))


@pytest.mark.parametrize("value", [["words.txt"], {"words": ""}, {"words": 3}, "words.txt"])
def test_vocab_paths_are_strings_by_name(value):
    with pytest.raises(ParameterError, match="vocab_paths is"):
        parse_options({"vocab_paths": value})


def test_a_feature_that_is_not_looked_at_needs_no_vocabulary():
    options = StatisticsOptions(feature_allowlist=(("y",),))
    batch = pa.record_batch({"x": pa.array([[1]]), "y": pa.array([[1]])})
    found = generate_statistics([batch], options=options, schema=schema_of("INT", FULL))
    assert found.names() == ("y",)


ROWS = [[b"the", b"fox", b"and", b"dog"], [b"[UNK]"] * 4, []]
OOV = Coverage(oov_string_tokens=("[UNK]",))


def unknown(**limits):
    return NaturalLanguageDomain(token_constraints=(TokenConstraint(string_value="[UNK]", **limits),))


def covered(**limits):
    return NaturalLanguageDomain(coverage=dataclasses.replace(OOV, **limits))


@pytest.mark.parametrize(
    ("kind", "bad", "good"),
    [
        ("SEQUENCE_VALUE_TOO_FEW_OCCURRENCES", unknown(min_per_sequence=1), unknown(min_per_sequence=0)),
        ("SEQUENCE_VALUE_TOO_MANY_OCCURRENCES", unknown(max_per_sequence=3), unknown(max_per_sequence=4)),
        (
            "SEQUENCE_VALUE_TOO_SMALL_FRACTION",
            unknown(min_fraction_of_sequences=0.34),
            unknown(min_fraction_of_sequences=0.33),
        ),
        (
            "SEQUENCE_VALUE_TOO_LARGE_FRACTION",
            unknown(max_fraction_of_sequences=0.33),
            unknown(max_fraction_of_sequences=0.34),
        ),
        ("FEATURE_COVERAGE_TOO_LOW", covered(min_coverage=0.51), covered(min_coverage=0.5)),
        (
            "FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH",
            covered(min_avg_token_length=3.1),
            covered(min_avg_token_length=3),
        ),
    ],
)
def test_texts_are_judged_by_their_tokens(kind, bad, good):
    for domain, expected in ((bad, [kind]), (good, [])):
        assert reasons(domain) == expected


def reasons(domain, rows=ROWS, looked_at=None):
    schema, seen = schema_of("BYTES", domain), schema_of("BYTES", looked_at or domain)
    statistics = generate_statistics([batch_of(rows, "BYTES")], schema=seen)
    return [reason.type for anomaly in validate_statistics(statistics, schema).all for reason in anomaly.reasons]


def test_a_limit_that_is_met_exactly_is_met_as_the_proto_rounds_it():
    rows = [[b"fox"] * 6 + [b"[UNK]"] * 4]
    assert reasons(covered(min_coverage=float(np.float32(0.6))), rows) == []


def test_texts_without_a_token_are_not_judged():
    assert reasons(covered(min_coverage=0.9), [[], None, []]) == []


@pytest.mark.parametrize("looked_at", [NaturalLanguageDomain(), covered()])
def test_what_was_not_counted_is_told(looked_at):
    assert reasons(unknown(min_per_sequence=1), looked_at=looked_at) == ["STATS_NOT_AVAILABLE"]


def test_a_schema_that_is_updated_fits_in_every_way_at_once():
    domain = NaturalLanguageDomain(
        coverage=dataclasses.replace(OOV, min_coverage=0.9, min_avg_token_length=5.0),
        token_constraints=(
            TokenConstraint(string_value="[UNK]", max_per_sequence=1, max_fraction_of_sequences=0.1),
            TokenConstraint(string_value="fox", min_per_sequence=1, min_fraction_of_sequences=0.9),
        ),
    )
    schema = schema_of("BYTES", domain)
    statistics = generate_statistics([batch_of(ROWS, "BYTES")], schema=schema)
    assert len(validate_statistics(statistics, schema).features[0].reasons) == 6
    assert validate_statistics(statistics, update_schema(schema, statistics)).is_clean


def test_the_page_tells_of_tokens():
    found = generate_statistics([batch_of(ROWS, "BYTES")], schema=schema_of("BYTES", unknown(min_per_sequence=0)))
    page = statistics_page({"train": found})
    for name, value in (
        ("In the vocabulary", "100%, 4 characters each"),
        ("Tokens per row", "4"),
        ("Tokens of the schema", "[UNK] in 33.3% of the rows"),
    ):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page
    assert NL_STATISTICS not in page


@pytest.mark.beam
def test_the_step_reads_the_vocabulary_and_its_workers_know_it(tmp_path):
    (tmp_path / "v.txt").write_text("\n".join(WORDS))
    (tmp_path / "statistics").mkdir()
    write_examples([batch_of([[0, 1, 5], [4, 77]], "INT")], str(tmp_path / "examples"), "train")
    write_schema(schema_of("INT", FULL), str(tmp_path))
    statistics_gen(
        Input[Examples](uri="", path=str(tmp_path / "examples")),
        Output[ExampleStatistics](uri="", path=str(tmp_path / "statistics")),
        Output[HTML](uri="", path=str(tmp_path / "report.html")),
        Input[artifacts.Schema](uri="", path=str(tmp_path)),
        stats_options={"vocab_paths": {"words": f"file://{tmp_path}/v.txt"}},
    )
    found = read_statistics(str(tmp_path / "statistics"), "train")
    check_by_hand(tokens_of(found), [[0, 1, 5], [4, 77]], "INT", FULL)


def test_what_the_guide_shows_of_texts(tmp_path, monkeypatch):
    guide = (Path(__file__).parents[2] / "docs" / "validation.md").read_text()
    (shown,) = (text for text in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "vocab_paths" in text)
    (tmp_path / "words.txt").write_text("[CLS]\ngood\n[PAD]\n[UNK]\n")
    monkeypatch.chdir(tmp_path)
    rows = pa.record_batch({"review": pa.array([[b"[CLS]", b"good", b"[UNK]", b"[PAD]"], [b"good"]], BYTES)})
    schema = Schema(features=(Feature(name="review", type="BYTES"),))
    names: dict[str, Any] = {"schema": schema, "batches": [rows]}
    *_, coverage, table = shown.splitlines()
    exec(shown.replace(coverage, f"coverage = {coverage}").replace(table, f"table = {table}"), names)
    assert names["coverage"] == 0.75
    assert names["table"].loc["[CLS]"].to_dict() == {
        "frequency": 1,
        "fraction_of_sequences": 0.5,
        "per_sequence_min_frequency": 0,
        "per_sequence_avg_frequency": 1,
        "per_sequence_max_frequency": 1,
    }
    found = validate_statistics(names["statistics"], names["schema"])
    types = ["FEATURE_COVERAGE_TOO_LOW", "SEQUENCE_VALUE_TOO_FEW_OCCURRENCES"]
    assert [reason.type for reason in found.features[0].reasons] == types


def test_there_is_no_table_of_tokens_that_were_not_counted():
    with pytest.raises(ParameterError, match="tokens of feature 'x' were not counted: give its statistics a schema"):
        tokens_frame(generate_statistics([batch_of([[1]], "INT")]), "x")
