import json
import textwrap
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from argosy.artifacts import Input, Output
from argosy.errors import ArtifactError, ParameterError, UserCodeError
from argosy.examples import ExamplesWriter
from argosy.saved_model import load_session_model, read_golden
from argosy.schema import Feature, Schema, write_schema
from argosy.training.executor import trainer
from argosy.user_code import inline_file
from argosy.user_code.archive import pack

pytestmark = pytest.mark.tf

FEATURES = tuple(Feature(name=name, type="FLOAT", shape=(1,)) for name in "xy")
LINEAR = """
    import keras
    import tensorflow as tf

    from argosy.schema import read_schema
    from argosy.training import TensorFlowDatasetOptions, export_model


    def run_fn(fn_args):
        options = TensorFlowDatasetOptions(batch_size=10, label_key="y")
        schema = read_schema(fn_args.schema_path)
        rows = fn_args.data_accessor.tf_dataset_factory(fn_args.train_files, options, schema)
        x = keras.Input([1], name="x")
        model = keras.Model({"x": x}, keras.layers.Dense(1)(x))
        model.compile(loss="mse")
        history = model.fit(rows, steps_per_epoch=fn_args.train_steps or 8, shuffle=False, verbose=0)
        export_model(model, fn_args, label_key="y")
        return {"loss": history.history["loss"][-1], "steps": fn_args.train_steps or 0, "odd": float("nan")}
"""


@pytest.fixture
def run(tmp_path):
    """Calls the executor on forty rows y = 2x with a run_fn of the given text; returns its outputs by name."""
    numbers = pa.array([[float(n)] for n in range(40)], pa.list_(pa.float32()))
    doubled = pa.array([[2.0 * n] for n in range(40)], pa.list_(pa.float32()))
    for split in ("train", "eval"):
        with ExamplesWriter(str(tmp_path / "examples"), split) as writer:
            writer.write(pa.RecordBatch.from_pydict({"x": numbers, "y": doubled}))

    def call(code, name="model", features=FEATURES, **parameters):
        write_schema(Schema(features=features), str(tmp_path / "schema"))
        (tmp_path / "model.py").write_text(textwrap.dedent(code))
        outputs: dict[str, Any] = {
            key: Output(uri="", path=str(tmp_path / name / key)) for key in ("model", "model_run", "metrics")
        }
        for output in outputs.values():
            Path(output.path).mkdir(parents=True)
        metadata = {"num_examples": json.dumps({"train": 40, "eval": 40})}
        trainer(
            Input(uri="", path=str(tmp_path / "examples"), metadata=metadata),
            **outputs,
            schema=Input(uri="", path=str(tmp_path / "schema")),
            **{"module_file": inline_file(tmp_path / "model.py"), **parameters},
        )
        return outputs

    return call


def weights(outputs):
    model = load_session_model(f"{outputs['model'].path}/Format-Serving")
    answer = model.run("columns", {"x": [0.0, 1.0]})["outputs"].ravel().tolist()
    model.close()
    return answer


def test_a_model_comes_out_with_its_golden_requests_and_numbers(run):
    outputs = run(LINEAR, train_args={"num_steps": "4"})
    assert set(outputs["metrics"].metadata) == {"loss", "steps"}
    assert outputs["metrics"].metadata["steps"] == 4
    assert outputs["model"].metadata == {
        "golden_source": "in_memory",
        "signatures": '["serving_default", "columns"]',
        "num_examples": '{"train": 40, "eval": 40}',
    }
    assert len(read_golden(outputs["model"].path)[0].inputs["examples"]) == 41


def test_the_same_seed_gives_the_same_weights(run):
    first, second, other = run(LINEAR, "a"), run(LINEAR, "b"), run(LINEAR, "c", custom_config={"seed": 7})
    assert weights(first) == weights(second) != weights(other)


def test_fn_args_have_tfx_fields(run, tmp_path):
    code = """
        import json, pathlib

        def run_fn(fn_args):
            seen = {name: getattr(fn_args, name) for name in (
                "train_files", "eval_files", "train_steps", "eval_steps", "schema_file", "transform_output",
                "serving_model_dir", "eval_model_dir", "model_run_dir", "base_model", "hyperparameters",
                "custom_config", "num_examples")}
            pathlib.Path(fn_args.working_dir, "scratch").touch()
            folder = pathlib.Path(fn_args.serving_model_dir)
            folder.mkdir()
            (folder / "seen.json").write_text(json.dumps(seen))
    """
    (tmp_path / "base" / "Format-Serving").mkdir(parents=True)
    (tmp_path / "best_hyperparameters.txt").write_text('{"units": 3}')
    outputs = run(
        code,
        train_args={"splits": ["train", "eval"], "num_steps": 5.0},
        eval_args={"num_steps": 0},
        base_model=Input(uri="", path=str(tmp_path / "base")),
        hyperparameters=Input(uri="", path=str(tmp_path)),
        custom_config={"a": [1]},
    )
    model, examples = outputs["model"].path, tmp_path / "examples"
    assert json.loads(Path(model, "Format-Serving", "seen.json").read_text()) == {
        "train_files": [f"{examples}/Split-train/*", f"{examples}/Split-eval/*"],
        "eval_files": [f"{examples}/Split-eval/*"],
        "train_steps": 5,
        "eval_steps": None,
        "schema_file": f"{tmp_path}/schema/schema.pbtxt",
        "transform_output": "",
        "serving_model_dir": f"{model}/Format-Serving",
        "eval_model_dir": f"{model}/Format-TFMA",
        "model_run_dir": outputs["model_run"].path,
        "base_model": f"{tmp_path}/base/Format-Serving",
        "hyperparameters": {"units": 3},
        "custom_config": {"a": [1]},
        "num_examples": {"train": 40, "eval": 40},
    }
    assert outputs["model"].metadata["golden_source"] == "none"


def test_a_model_that_did_not_use_the_helper_gets_golden_values_from_the_session(run):
    code = """
        import tensorflow as tf

        def run_fn(fn_args):
            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
            def serve(examples):
                return {"y": tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([], tf.float32)})["x"] * 2}
            tf.saved_model.save(tf.Module(), fn_args.serving_model_dir, signatures=serve)
    """
    outputs = run(code)
    (case,) = read_golden(outputs["model"].path)
    assert (case.signature, case.source) == ("serving_default", "session")
    assert case.outputs["y"] == [2.0 * n for n in range(40)]
    assert outputs["model"].metadata["golden_source"] == "session"
    assert read_golden(f"{outputs['model'].path}/Format-Serving") == (case,)


def test_a_model_of_raw_rows_beside_transformed_eval_rows_gets_golden_values_for_made_up_rows(run):
    code = """
        import tensorflow as tf

        def run_fn(fn_args):
            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
            def serve(examples):
                raw = tf.io.parse_example(examples, {"raw": tf.io.FixedLenFeature([], tf.float32)})
                return {"y": raw["raw"] * 2}
            tf.saved_model.save(tf.Module(), fn_args.serving_model_dir, signatures=serve)
    """
    outputs = run(code, features=(Feature(name="raw", type="FLOAT", shape=(1,)),))
    (case,) = read_golden(outputs["model"].path)
    assert case.source == "session"
    assert len(case.outputs["y"]) > 10
    assert outputs["model"].metadata["golden_source"] == "session"


def test_a_saved_model_that_cannot_be_served_fails_the_step(run):
    code = """
        import keras, tensorflow as tf

        def run_fn(fn_args):
            module = tf.Module()
            module.model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])

            @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32)])
            def serve(x):
                return module.model(x)
            tf.saved_model.save(module, fn_args.serving_model_dir, signatures=serve)
            import pathlib
            pathlib.Path(fn_args.serving_model_dir, "variables", "variables.index").unlink()
    """
    with pytest.raises(ArtifactError, match="copied only in part"):
        run(code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def run_fn(fn_args):\n    pass\n", r"run_fn saved nothing in fn_args\.serving_model_dir \(.*Format-Serving"),
        (
            "x = 1\ndef run_fn(a):\n    f()\ndef f():\n    1 / 0\n",
            r"model\.py, line 5, in f: run_fn raised ZeroDivision",
        ),
        (
            "def run_fn(a):\n    import sys\n    sys.exit(0)\n",
            r"model\.py, line 3, in run_fn: run_fn raised SystemExit",
        ),
        ("def run_fn(a):\n    return {'loss': 'low'}\n", r"returned 'loss' as str"),
        ("def run(a): pass\n", r"model\.py defines no function 'run_fn'; did you mean 'run'"),
        ("def run_fn(:\n", r"model\.py raised on import: SyntaxError"),
    ],
)
def test_what_is_wrong_with_run_fn_is_told(run, code, words):
    with pytest.raises(UserCodeError, match=words):
        run(code)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"run_fn": "a.b"}, "both are given"),
        ({"module_file": ""}, "neither is given"),
        ({"module_file": "", "run_fn": "run_fn"}, "package.module.function"),
        ({"train_args": {"steps": 3}}, "train_args has no key 'steps'; did you mean 'num_steps'"),
        ({"train_args": {"num_steps": "many"}}, "whole number of steps, found 'many'"),
        ({"train_args": {"num_steps": 1.5}}, "whole number of steps, found 1.5"),
        ({"eval_args": {"num_steps": -1}}, "whole number of steps, found -1"),
        ({"custom_config": {"seed": "seven"}}, r"custom_config\[\"seed\"\] .* found 'seven'"),
        ({"custom_config": {"seed": -1}}, "found -1"),
        ({"eval_args": {"splits": "eval"}}, "has to be a list of names"),
        ({"eval_args": {"splits": ["evals"]}}, "eval_args: the examples have no split 'evals'; did you mean 'eval'"),
    ],
)
def test_what_is_wrong_with_parameters_is_told(run, parameters, words):
    with pytest.raises(ParameterError, match=words):
        run("def run_fn(a): pass\n", **parameters)


def test_run_fn_by_its_import_path(run, tmp_path, monkeypatch):
    (tmp_path / "my_trainers.py").write_text(textwrap.dedent(LINEAR).replace("def run_fn", "def fit"))
    monkeypatch.syspath_prepend(tmp_path)
    assert run("", module_file="", run_fn="my_trainers.fit")["model"].metadata["golden_source"] == "in_memory"


def test_run_fn_in_an_archive_of_packages(run, tmp_path):
    package = tmp_path / "packed_trainers"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "linear.py").write_text(textwrap.dedent(LINEAR).replace("def run_fn", "def fit"))
    (tmp_path / "code.zip").write_bytes(pack(package))
    outputs = run("", module_file=str(tmp_path / "code.zip"), run_fn="packed_trainers.linear.fit")
    assert outputs["model"].metadata["golden_source"] == "in_memory"
