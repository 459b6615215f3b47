"""The step Trainer."""

import json
import logging
import math
import tempfile
from pathlib import Path
from typing import Any

from argosy.artifacts import Examples, HyperParameters, Input, Metrics, Model, ModelRun, Output, Schema, TransformGraph
from argosy.errors import ArtifactError, ParameterError, UserCodeError
from argosy.saved_model.golden import read_golden
from argosy.training.arguments import phase_args, split_patterns
from argosy.training.fn_args import FnArgs
from argosy.training.run_function import call_run_fn
from argosy.user_code import load_function

SERVING_MODEL_DIR = "Format-Serving"
EVAL_MODEL_DIR = "Format-TFMA"
DEFAULT_SEED = 0
_log = logging.getLogger("argosy.training")


def trainer(
    examples: Input[Examples],
    model: Output[Model],
    model_run: Output[ModelRun],
    metrics: Output[Metrics],
    transform_graph: Input[TransformGraph] | None = None,
    schema: Input[Schema] | None = None,
    base_model: Input[Model] | None = None,
    hyperparameters: Input[HyperParameters] | None = None,
    *,
    module_file: str = "",
    run_fn: str = "",
    train_args: dict[str, Any] | None = None,
    eval_args: dict[str, Any] | None = None,
    custom_config: dict[str, Any] | None = None,
) -> None:
    """Calls the user's run_fn and checks that it saved a model that can be served.

    The random seeds of Python, numpy and TensorFlow are set to custom_config["seed"], or 0, before.

    Raises:
        ParameterError: An argument is unknown or of the wrong type, a split does not exist.
        UserCodeError: run_fn raised, or saved nothing in serving_model_dir.
        ArtifactError: What it saved does not load as TF Serving would load it.
    """
    train, evaluation = phase_args(train_args, name="train_args"), phase_args(eval_args, name="eval_args")
    train_files = split_patterns(examples, train.splits or ("train",), name="train_args")
    eval_files = split_patterns(examples, evaluation.splits or ("eval",), name="eval_args")
    config = dict(custom_config or {})
    seed = _seed(config)
    function, file = load_function(module_file, run_fn, name="run_fn")
    with tempfile.TemporaryDirectory(prefix="argosy-trainer-") as working_dir:
        fn_args = FnArgs(
            working_dir=working_dir,
            train_files=train_files,
            eval_files=eval_files,
            train_steps=train.num_steps,
            eval_steps=evaluation.num_steps,
            schema_path=str(Path(schema.path, "schema.pbtxt")) if schema else "",
            transform_graph_path=transform_graph.path if transform_graph else "",
            data_accessor=_data_accessor(),
            serving_model_dir=str(Path(model.path, SERVING_MODEL_DIR)),
            eval_model_dir=str(Path(model.path, EVAL_MODEL_DIR)),
            model_run_dir=model_run.path,
            base_model=_base_model(base_model),
            hyperparameters=_hyperparameters(hyperparameters),
            custom_config=config,
            num_examples=json.loads(examples.metadata.get("num_examples") or "{}"),
        )
        _set_seeds(seed)
        reported = call_run_fn(function, fn_args, file=file)
        _check_model(fn_args, file)
    metrics.metadata.update({name: value for name, value in reported.items() if math.isfinite(value)})
    _record(model, fn_args)


def _data_accessor() -> Any:
    from argosy.training.datasets import data_accessor

    return data_accessor()


def _seed(config: dict[str, Any]) -> int:
    seed = config.get("seed", DEFAULT_SEED)
    if isinstance(seed, bool) or not isinstance(seed, int | float) or not 0 <= seed < 2**32 or seed != int(seed):
        raise ParameterError(f'custom_config["seed"] has to be a whole number from 0 to 2**32 - 1, found {seed!r}')
    return int(seed)


def _set_seeds(seed: int) -> None:
    import keras

    keras.utils.set_random_seed(seed)


def _base_model(base_model: Input[Model] | None) -> str | None:
    if base_model is None:
        return None
    serving = Path(base_model.path, SERVING_MODEL_DIR)
    return str(serving) if serving.is_dir() else base_model.path


def _hyperparameters(hyperparameters: Input[HyperParameters] | None) -> dict[str, Any] | None:
    if hyperparameters is None:
        return None
    path = Path(hyperparameters.path, "best_hyperparameters.txt")
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise ArtifactError(f"{path}: not the JSON of a tuner's best hyperparameters: {error}") from error


def _check_model(fn_args: FnArgs, file: str) -> None:
    """Sees to it that a model is there and, if it is a SavedModel, that it loads and has golden requests."""
    directory = Path(fn_args.serving_model_dir)
    if not directory.is_dir() or not any(directory.iterdir()):
        raise UserCodeError(
            f"{file}: run_fn saved nothing in fn_args.serving_model_dir ({directory}); "
            "save the model there, best by argosy.training.export_model"
        )
    if not (directory / "saved_model.pb").is_file():
        _log.warning("%s holds no saved_model.pb; what is in it is handed on unchecked", directory)
    elif not read_golden(str(directory.parent)):
        from argosy.training.session_golden import add_session_golden

        add_session_golden(fn_args)


def _record(model: Output[Model], fn_args: FnArgs) -> None:
    cases = read_golden(model.path)
    model.metadata.update(
        num_examples=json.dumps(fn_args.num_examples),
        golden_source=cases[0].source if cases else "none",
        signatures=json.dumps([case.signature for case in cases]),
    )
    _log.info("model in %s, golden requests: %s", fn_args.serving_model_dir, model.metadata["golden_source"])
