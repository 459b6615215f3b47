"""What docs/validation.md shows of schemas, done."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from argosy.cli.main import main
from argosy.data_validation import generate_statistics, infer_schema, write_statistics
from argosy.data_validation.statistics.files import statistics_file
from argosy.schema import get_feature, read_schema, write_schema

GUIDE = Path(__file__).parents[2] / "docs" / "validation.md"
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", GUIDE.read_text(), re.DOTALL)
BYTES, FLOATS = pa.list_(pa.binary()), pa.list_(pa.float32())


def block(kind: str, word: str) -> str:
    (found,) = [text for of, text in BLOCKS if of == kind and word in text]
    return found


@pytest.fixture
def penguins(tmp_path, monkeypatch):
    """A folder with a schema of penguins, and statistics of later ones: with gaps, a new species and a new column."""
    monkeypatch.chdir(tmp_path)
    numbers = pa.array([[1.0]] * 50, FLOATS)
    columns = {"species": pa.array([[b"Adelie"], [b"Gentoo"], [b"Gentoo"]] * 16 + [[b"Adelie"]] * 2, BYTES)}
    columns |= {"island": pa.array([[b"Biscoe"], [b"Dream"]] * 25, BYTES), "bill_length_mm": numbers}
    first = generate_statistics([pa.record_batch({**columns, "body_mass_g": numbers})])
    write_schema(infer_schema(first), "schema.pbtxt")
    later = {**columns, "species": pa.array([[b"Chinstrap"]] * 49 + [None], BYTES), "body_mass_g": numbers}
    (tmp_path / "statistics" / "Split-eval").mkdir(parents=True)
    found = generate_statistics([pa.record_batch({**later, "tips": numbers})])
    write_statistics(found, statistics_file("statistics", "eval"))


def test_the_functions_in_a_row(penguins):
    before = read_schema("schema.pbtxt")
    exec(block("python", "load_schema_text("), {})
    after = read_schema("schema.pbtxt")
    assert "SERVING" in get_feature(after, "species").not_in_environment
    assert after.string_domains != before.string_domains


def test_update_and_diff_say_what_the_guide_says(penguins, capsys):
    shown = block("", "$ argosy schema update")
    words = ["schema", "update", "schema.pbtxt", "statistics", "--split", "eval", "-o", "grown.pbtxt"]
    assert " ".join(["$ argosy", *words]) in shown.replace("statistics-gen.statistics", "statistics")
    assert main(words) == 0
    told = capsys.readouterr().out.splitlines()
    # Where the shape of a column with gaps goes, the guide need not say.
    assert set(shown.splitlines()[1:5]) <= set(told)
    assert main(["schema", "diff", "schema.pbtxt", "grown.pbtxt"]) == 1
    assert capsys.readouterr().out.splitlines() == told[:-1]
