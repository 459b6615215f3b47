"""Checks of a SavedModel through the session path."""

from collections.abc import Mapping
from typing import Any

from argosy.errors import ArtifactError
from argosy.saved_model.golden import Call, check_golden, from_json, read_golden, to_json
from argosy.saved_model.session import SessionModel, load_session_model


def check_session_loadable(directory: str, *, tolerance: float = 1e-5) -> int:
    """Loads the SavedModel as TF Serving would, asks its golden requests, and returns how many there were.

    The golden requests are those in its own `assets.extra/`, or else those beside it.

    Raises:
        ArtifactError: It does not load, has no signature, or answers otherwise than its golden requests say.
    """
    model = load_session_model(directory)
    try:
        if not model.signatures:
            raise ArtifactError(f"{directory}: the SavedModel has no signature that could be called")
        cases = read_golden(directory) or read_golden(f"{directory.rstrip('/')}/..")
        differences = check_golden(session_call(model), cases, tolerance)
    finally:
        model.close()
    if differences:
        raise ArtifactError(
            f"{directory}: the saved model does not answer as the model did in memory; {'; '.join(differences)}"
        )
    return len(cases)


def session_call(model: SessionModel) -> Call:
    """Returns the function that asks a loaded model golden requests: JSON values in, JSON values out."""

    def call(signature: str, inputs: dict[str, Any]) -> Mapping[str, Any]:
        infos = model.signatures[signature].inputs if signature in model.signatures else {}
        feeds = {
            name: from_json(value, infos[name].numpy_dtype) if name in infos else value
            for name, value in inputs.items()
        }
        return {name: to_json(array) for name, array in model.run(signature, feeds).items()}

    return call
