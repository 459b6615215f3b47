"""Small real SavedModels, made once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def saved_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`two` and `three`: y = x / 2 + 2 or 3 and some other signatures. `no_variables`: a copy that is not complete."""
    import tensorflow as tf

    root = tmp_path_factory.mktemp("saved_models")
    models = {}
    for name, offset in (("two", 2.0), ("three", 3.0)):
        models[name] = root / name
        module = _half_plus(tf, offset)
        tf.saved_model.save(module, str(models[name]), signatures=module.signature_functions)
    models["no_variables"] = root / "no_variables"
    shutil.copytree(models["two"], models["no_variables"])
    shutil.rmtree(models["no_variables"] / "variables")
    return models


@pytest.fixture
def put_version(saved_models: dict[str, Path], tmp_path: Path) -> Callable[[str, int], Path]:
    """Publishes one of the models as a version under `tmp_path/models`, by rename."""

    def put(name: str, version: int) -> Path:
        base = tmp_path / "models"
        base.mkdir(exist_ok=True)
        shutil.copytree(saved_models[name], base / f".{version}.tmp")
        (base / f".{version}.tmp").rename(base / str(version))
        return base

    return put


def _half_plus(tf, offset):
    module = tf.Module()
    module.a = tf.Variable(0.5)
    module.b = tf.Variable(offset)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def half(x):
        return {"y": module.a * x + module.b}

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.float32, name="p"), tf.TensorSpec([None], tf.int64, name="q")]
    )
    def pair(p, q):
        return {"sum": p + tf.cast(q, tf.float32), "q_out": q}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="s")])
    def text(s):
        return {"same": s, "same_bytes": s}

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="m")])
    def total(m):
        return {"total": tf.reduce_sum(m)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.uint8, name="u")])
    def small(u):
        return {"u_out": u, "even": u % 2 == 0, "half": tf.cast(u, tf.float16)}

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32, name="n")])
    def busy(n):
        return {"n_out": tf.while_loop(lambda i: i < n, lambda i: i + 1, [tf.constant(0)], maximum_iterations=n)[0]}

    module.signature_functions = {
        "serving_default": half, "pair": pair, "text": text, "total": total, "small": small, "busy": busy,
    }  # fmt: skip
    return module
