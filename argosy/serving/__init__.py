"""The last step: a blessed model becomes a version that servers have, and that has been asked.

    executor.py   pusher: candidate checked, published, rollout watched, withdrawn when it fails
    publish.py    numbered versions under a base path, local or in a store: allotting, publishing, withdrawing
    pull.py       copies complete versions from a store to where a server looks for them
    rollout.py    golden requests put to a throw-away server and to live ones
    server.py     ModelServer, serve: TF Serving's REST and gRPC API in this process
    client.py     the thin client: REST, no TensorFlow

Importing this package imports no TensorFlow; the server does when it starts.
"""

from typing import Any

__all__ = ["ModelServer", "model_status", "predict", "pusher", "serve", "wait_available"]

_HOMES = {
    "ModelServer": "argosy.serving.server",
    "serve": "argosy.serving.server",
    "model_status": "argosy.serving.client",
    "predict": "argosy.serving.client",
    "wait_available": "argosy.serving.client",
    "pusher": "argosy.serving.executor",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
