"""What docs/validation.md shows of validation, diffs and serving time, done."""

import ast
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from argosy.cli.main import main
from argosy.data_validation import (
    DatasetStatistics,
    generate_statistics,
    infer_schema,
    parse_custom_validations,
    parse_distribution_config,
    validate_statistics,
    write_statistics,
)
from argosy.data_validation.diff.spec import parse_diff_options
from argosy.data_validation.statistics.files import statistics_file
from argosy.data_validation.validation.options import ValidationOptions
from argosy.data_validation.validation.spec import REASON_TYPES
from argosy.schema import Comparator, Feature, FloatDomain, Presence, Schema, StringDomain, set_feature

GUIDE = (Path(__file__).parents[2] / "docs" / "validation.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def block(word):
    (found,) = [text for text in BLOCKS if word in text]
    return found


def argument(text, name):
    """The value of a keyword argument of the one call of a block, which is a literal."""
    (call,) = [node.value for node in ast.parse(text).body if isinstance(node, ast.Expr)]
    assert isinstance(call, ast.Call)
    (given,) = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return ast.literal_eval(given)


@pytest.mark.parametrize(
    ("call", "parameter", "parse"),
    [
        ("custom_validation_config={", "custom_validation_config", parse_custom_validations),
        ("distribution_validator(", "config", parse_distribution_config),
        ("example_diff(", "config", parse_diff_options),
    ],
)
def test_configurations_are_taken(call, parameter, parse):
    assert parse(argument(block(call), parameter))


def test_comparators():
    schema = Schema(features=(Feature(name="island", type="BYTES"), Feature(name="body_mass_g", type="FLOAT")))
    names: dict[str, Any] = {"schema": schema, "set_feature": set_feature, "Comparator": Comparator}
    exec(block("skew_comparator=Comparator("), names)
    assert names["schema"].feature("body_mass_g").skew_comparator.histogram == "QUANTILES"


def test_a_service_asks():
    island = Feature(name="island", type="BYTES", domain=StringDomain(values=("Biscoe", "Dream")))
    mass = Feature(name="body_mass_g", type="FLOAT", presence=Presence(min_fraction=1.0), domain=FloatDomain(min=0))
    schema = Schema(features=(island, mass), default_environments=("TRAINING", "SERVING"))
    names: dict[str, Any] = {"schema": schema}
    exec(block("Validator(schema"), names)
    assert names["verdict"].valid.tolist() == [True, False]
    assert {reason.feature for reason in names["verdict"].reasons(1)} == {"island", "body_mass_g"}


def test_wrong_rows(tmp_path):
    batch = pa.record_batch({"species": pa.array([[b"Adelie"], [b"Emperor"]], pa.list_(pa.binary()))})
    schema = infer_schema(generate_statistics([batch.slice(0, 1)]))
    names: dict[str, Any] = {"schema": schema, "batches": [batch], "read_examples": lambda *_: [batch]}
    exec(block("identify_anomalous_examples, validate_examples"), names)
    assert names["report"].num_wrong == 1
    assert names["reason"].startswith("species_ENUM_TYPE_")


def test_wrong_rows_of_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "a.csv").write_text("species\nAdelie\nEmperor\n")
    batch = pa.record_batch({"species": pa.array([[b"Adelie"]], pa.list_(pa.binary()))})
    names: dict[str, Any] = {"schema": infer_schema(generate_statistics([batch]))}
    exec(block("import validate_examples_in_csv"), names)
    assert names["found"].statistics.num_examples == 1


def test_tables_and_two_datasets_in_a_notebook():
    batch = pa.record_batch({"species": pa.array([[b"Adelie"], [b"Emperor"]], pa.list_(pa.binary()))})
    today, yesterday = generate_statistics([batch]), generate_statistics([batch.slice(0, 1)])
    found = validate_statistics(today, infer_schema(yesterday))
    exec(
        block("compare_statistics("), {"today": today, "yesterday": yesterday, "statistics": today, "anomalies": found}
    )


def test_pages_by_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("today", "yesterday"):
        write_statistics(DatasetStatistics(num_examples=2), statistics_file(str(tmp_path / folder), "train"))
    commands = re.findall(r"^argosy (show .*)", GUIDE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        told = command.replace("statistics-gen.statistics", "today").replace("../yesterday/statistics", "yesterday")
        assert main(told.split()) == 0
    assert "train, other" in (tmp_path / "both.html").read_text()
    assert "train, other" not in (tmp_path / "page.html").read_text()


def test_every_type_is_in_the_guide():
    told = set(re.findall(r"`([A-Z0-9_]+(?:\.\.\.)?[A-Z0-9_]*)`", GUIDE))
    endings = tuple(name.removeprefix("...") for name in re.findall(r"`(\.\.\.[A-Z_]+)`", GUIDE))
    beginnings = tuple(name.removesuffix("...") for name in re.findall(r"`([A-Z_]+\.\.\.)`", GUIDE))
    missing = [
        name for name in REASON_TYPES
        if name not in told and not name.endswith(endings) and not name.startswith(beginnings)
    ]  # fmt: skip
    assert missing == []
    assert all(name in GUIDE for name in ValidationOptions.__dataclass_fields__)
