"""The quickstart on Parquet examples: the statistics, schema, rows, predictions and metrics are those of TFRecord."""

import json
import shutil

import numpy as np
import pytest

from argosy.examples.layout import split_payload
from argosy.saved_model.golden import read_golden

pytestmark = [pytest.mark.e2e, pytest.mark.beam, pytest.mark.tf]

BOTH = """
from kfp import dsl
from argosy.components import evaluator, example_gen, schema_gen, statistics_gen, trainer, transform


@dsl.pipeline(name="both")
def both(data: str = "data") -> None:
    parquet = example_gen(input_base=data, payload_format="FORMAT_PARQUET").outputs["examples"]
    records = example_gen(input_base=data).outputs["examples"]
    schema = schema_gen(statistics=statistics_gen(examples=parquet).outputs["statistics"]).outputs["schema"]
    transformed = transform(examples=parquet, schema=schema, module_file="preprocessing.py")
    graph = transformed.outputs["transform_graph"]
    given = {"schema": schema, "transform_graph": graph, "module_file": "model.py", "train_args": {"num_steps": 200}}
    model = trainer(examples=parquet, **given).outputs["model"]
    trainer(examples=records, **given)
    evaluator(examples=parquet, schema=schema, model=model, eval_config="evaluation.yaml")
"""


@pytest.fixture(scope="module")
def run(penguins, cli, made, tmp_path_factory):
    """The steps on both payloads, trained on rows in their order, so that equal rows make equal models."""
    folder = tmp_path_factory.mktemp("both") / "both"
    shutil.copytree(penguins.folder, folder)
    (folder / "pipeline.py").write_text(BOTH)
    code = (folder / "model.py").read_text()
    (folder / "model.py").write_text(code.replace("shuffle=num_epochs is None", "shuffle=False"))
    done = cli("run", folder, "--root", folder.parent / "root", "--json")
    assert done.returncode == 0, done.stderr
    return made.from_report(json.loads(done.stdout))


def test_what_comes_of_parquet_is_what_comes_of_tfrecord(run, penguins, made):
    records = made.from_report(penguins.report)
    assert split_payload(str(run.where("example-gen", "examples")), "train") == "FORMAT_PARQUET"
    assert split_payload(str(run.where("transform", "transformed_examples")), "eval") == "FORMAT_PARQUET"
    for task, output in (("statistics-gen", "statistics"), ("schema-gen", "schema")):
        assert run.bytes(task, output) == records.bytes(task, output)
    for split in ("train", "eval"):
        mine, others = run.transformed(split), records.transformed(split)
        assert mine.keys() == others.keys()
        for name in mine:
            np.testing.assert_allclose(mine[name].flatten(), others[name].flatten(), atol=1e-6, err_msg=name)
    counts = {name: value for name, value in run.metrics().items() if "example_count" in name}
    assert counts == {name: value for name, value in records.metrics().items() if "example_count" in name}


def test_a_model_trained_on_either_predicts_the_same(run):
    on_parquet, on_records = (read_golden(str(run.where(task, "model"))) for task in ("trainer", "trainer-2"))
    assert [case.signature for case in on_parquet] == ["serving_default", "columns"]
    for mine, others in zip(on_parquet, on_records, strict=True):
        assert mine.inputs == others.inputs
        for name in mine.outputs.keys() - {"classes"}:
            assert np.std(mine.outputs[name]) > 0.1
            np.testing.assert_allclose(mine.outputs[name], others.outputs[name], atol=1e-5)
