"""Golden requests for a SavedModel that did not come through export_model: what the saved model itself answers."""

import logging
from pathlib import Path

import numpy as np

from argosy.errors import SavedModelCallError
from argosy.saved_model.golden import GoldenCase, to_json, write_golden
from argosy.saved_model.session import SessionModel, load_session_model
from argosy.saved_model.signature import Signature
from argosy.schema import read_schema
from argosy.training.datasets import serialized_examples
from argosy.training.fn_args import FnArgs
from argosy.training.golden_answers import GOLDEN_ROWS
from argosy.training.golden_rows import golden_rows

_log = logging.getLogger("argosy.training")


def add_session_golden(fn_args: FnArgs) -> list[GoldenCase]:
    """Writes golden requests beside the model and returns them: rows to each signature that takes tf.Examples.

    The rows are the first of the eval split or, where a signature does not take them (they are transformed ones, it
    takes raw ones), rows made up from the schema. What comes back shows that a served model answers as this file does,
    not that this file answers as the model in memory did.

    Raises:
        ArtifactError: The SavedModel does not load into a session.
    """
    model = load_session_model(fn_args.serving_model_dir)
    try:
        choices = _row_choices(fn_args)
        cases = [case for signature in model.signatures.values() if (case := _case(model, signature, choices))]
    finally:
        model.close()
    if cases:
        write_golden(str(Path(fn_args.serving_model_dir).parent), cases)
        write_golden(f"{fn_args.serving_model_dir}/assets.extra", cases)
    else:
        _log.warning("no signature of the model answers serialized tf.Examples of the eval split: no golden requests")
    return cases


def _row_choices(fn_args: FnArgs) -> list[list[bytes]]:
    choices = [serialized_examples(fn_args.eval_files, GOLDEN_ROWS)]
    if fn_args.schema_path:
        schema = read_schema(fn_args.schema_path)
        live = [feature for feature in schema.features if feature.is_live]
        choices.append(golden_rows([], 0, schema, live))
    return [rows for rows in choices if rows]


def _case(model: SessionModel, signature: Signature, choices: list[list[bytes]]) -> GoldenCase | None:
    infos = list(signature.inputs.items())
    if len(infos) != 1 or infos[0][1].dtype != "string" or infos[0][1].shape not in ((None,), None):
        return None
    for rows in choices:
        inputs = {infos[0][0]: np.array(rows, object)}
        try:
            outputs = model.run(signature.name, inputs)
        except SavedModelCallError as error:
            _log.warning("signature %s does not take the rows: %s: %s", signature.name, error.code, error)
            continue
        return GoldenCase(
            signature=signature.name,
            inputs={name: to_json(array) for name, array in inputs.items()},
            outputs={name: to_json(array) for name, array in outputs.items()},
            source="session",
        )
    return None
