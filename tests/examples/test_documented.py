"""What docs/data.md tells a person to write."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from argosy.examples import write_examples
from argosy.schema import Feature, Schema, write_schema

pytestmark = pytest.mark.tf

GUIDE = Path(__file__).parents[2] / "docs" / "data.md"


def test_the_program_of_the_guide(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(from argosy\.examples.*?)```", GUIDE.read_text(), re.DOTALL)
    features = (Feature(name="species", type="BYTES", shape=()), Feature(name="year", type="INT"))
    rows = {"species": pa.array([[b"Adelie"]] * 100, pa.list_(pa.binary())), "year": pa.nulls(100)}
    write_examples([pa.record_batch(rows)], str(tmp_path / "examples"), "train", payload_format="FORMAT_PARQUET")
    write_schema(Schema(features=features), str(tmp_path / "schema"))
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code, names)
    assert capsys.readouterr().out == "100 100\n"
    assert [label.shape[0] for _, label in names["rows"]] == [64, 36]
