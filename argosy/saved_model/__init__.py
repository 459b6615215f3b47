"""A SavedModel through the session path, as TF Serving runs it: the one loader of all work areas.

    from argosy.saved_model import load_session_model, read_golden, check_golden, session_call

    model = load_session_model("model/Format-Serving")
    model.run("columns", {"island": [b"Dream"], ...})["probabilities"]
    check_golden(session_call(model), read_golden("model"))      # [] when it answers as it did at training time

TensorFlow is imported when a model is loaded; the golden requests need none.
"""

import importlib
from typing import Any

from argosy.saved_model.golden import GoldenCase, check_golden, read_golden, write_golden

_LAZY = {
    "SessionModel": "argosy.saved_model.session",
    "check_session_loadable": "argosy.saved_model.check",
    "feature_spec": "argosy.saved_model.parsing",
    "load_session_model": "argosy.saved_model.session",
    "session_call": "argosy.saved_model.check",
}

__all__ = [
    "GoldenCase",
    "SessionModel",
    "check_golden",
    "check_session_loadable",
    "feature_spec",
    "load_session_model",
    "read_golden",
    "session_call",
    "write_golden",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
