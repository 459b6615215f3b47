"""Golden requests for a SavedModel that did not come through export_model: what the saved model itself answers."""

import logging
from pathlib import Path

import numpy as np

from argosy.errors import SavedModelCallError
from argosy.saved_model.golden import GoldenCase, to_json, write_golden
from argosy.saved_model.session import SessionModel, load_session_model
from argosy.saved_model.signature import Signature
from argosy.training.datasets import serialized_examples
from argosy.training.fn_args import FnArgs
from argosy.training.golden_answers import GOLDEN_ROWS

_log = logging.getLogger("argosy.training")


def add_session_golden(fn_args: FnArgs) -> list[GoldenCase]:
    """Writes golden requests beside the model and returns them: eval rows to each signature that takes tf.Examples.

    They show that a served model answers as this file does, not that this file answers as the model in memory did.

    Raises:
        ArtifactError: The SavedModel does not load into a session.
    """
    model = load_session_model(fn_args.serving_model_dir)
    try:
        rows = np.array(serialized_examples(fn_args.eval_files, GOLDEN_ROWS), object)
        cases = [case for signature in model.signatures.values() if (case := _case(model, signature, rows))]
    finally:
        model.close()
    if cases:
        write_golden(str(Path(fn_args.serving_model_dir).parent), cases)
        write_golden(f"{fn_args.serving_model_dir}/assets.extra", cases)
    else:
        _log.warning("no signature of the model answers serialized tf.Examples of the eval split: no golden requests")
    return cases


def _case(model: SessionModel, signature: Signature, rows: np.ndarray) -> GoldenCase | None:
    infos = list(signature.inputs.items())
    if len(infos) != 1 or infos[0][1].dtype != "string" or infos[0][1].shape not in ((None,), None):
        return None
    inputs = {infos[0][0]: rows}
    try:
        outputs = model.run(signature.name, inputs)
    except SavedModelCallError as error:
        _log.warning("signature %s does not take the eval rows: %s: %s", signature.name, error.code, error)
        return None
    return GoldenCase(
        signature=signature.name,
        inputs={name: to_json(array) for name, array in inputs.items()},
        outputs={name: to_json(array) for name, array in outputs.items()},
        source="session",
    )
