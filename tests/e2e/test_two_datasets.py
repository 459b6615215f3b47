"""Yesterday's and today's data in one pipeline: drift, distributions, rows side by side, and which rows are wrong."""

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.beam]

PIPELINE = """
from kfp import dsl
from argosy.components import (
    distribution_validator, example_diff, example_gen, example_validator, import_schema_gen, statistics_gen,
)

DISTANCE = {"path": {"step": ["island"]}, "distribution_comparator": {"infinity_norm": {"threshold": 0.9}}}

@dsl.pipeline(name="days")
def days() -> None:
    examples = {day: example_gen(input_base=day).outputs["examples"] for day in ("yesterday", "today")}
    statistics = {day: statistics_gen(examples=made).outputs["statistics"] for day, made in examples.items()}
    schema = import_schema_gen(schema_file="schema.pbtxt").outputs["schema"]
    example_validator(
        statistics=statistics["today"], schema=schema, previous_statistics=statistics["yesterday"],
        examples=examples["today"], fail_on="never",
        validation_options={"severity_overrides": {"ENUM_TYPE_UNEXPECTED_STRING_VALUES": "WARNING"}},
        custom_validation_config={"feature_validations": [
            {"feature_path": "id", "validations": [{"expression": "feature.num_stats.min > 0"}]}]},
    )
    distribution_validator(
        statistics=statistics["today"], baseline_statistics=statistics["yesterday"],
        config={"default_slice_config": {"feature": [DISTANCE]}},
    )
    example_diff(
        examples_test=examples["today"], examples_base=examples["yesterday"], include_split_pairs=[["train", "train"]],
        config={"paired_example_skew": {"identifier_features": ["id"], "skew_sample_size": 3}},
    )
"""
SCHEMA = """
feature { name: "id" type: INT }
feature {
  name: "island" type: BYTES string_domain { value: "Dream" value: "Biscoe" }
  drift_comparator { infinity_norm { threshold: 0.01 } jensen_shannon_divergence { threshold: 1.0 } }
}
"""


def test_two_days(cli, tmp_path):
    folder, root = tmp_path / "days", tmp_path / "root"
    for day, islands in (("yesterday", ("Dream", "Biscoe")), ("today", ("Dream", "Mars"))):
        (folder / day).mkdir(parents=True)
        rows = "".join(f"{number},{islands[number % 2]}\n" for number in range(200))
        (folder / day / "rows.csv").write_text("id,island\n" + rows)
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "schema.pbtxt").write_text(SCHEMA)
    done = cli("run", folder, "--root", root, "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    tasks = {task["name"]: task["outputs"] for task in json.loads(done.stdout)["tasks"]}
    anomalies = tasks["example-validator"]["anomalies"]["uris"][0]
    shown = cli("show", anomalies, "--root", root).stdout
    for kind in ("ENUM_TYPE_UNEXPECTED_STRING_VALUES", "COMPARATOR_L_INFTY_HIGH", "CUSTOM_VALIDATION"):
        assert kind in shown
    assert json.loads(Path(anomalies, "Split-train", "AnomalousRows.json").read_text())["num_wrong"] > 0
    diff = tasks["example-diff"]["diff"]["uris"][0]
    assert "island" in cli("show", diff, "--root", root).stdout
    page = tmp_path / "diff.html"
    assert cli("show", diff, "-o", page, "--root", root).returncode == 0
    assert "Mars" in page.read_text()
    measured = cli("show", tasks["distribution-validator"]["anomalies"]["uris"][0], "--root", root).stdout
    assert "train_train" in measured
    assert "L-infinity" in measured
