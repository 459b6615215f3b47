"""A SavedModel as TF Serving sees it: loaded into a TF1 session, called by signature.

    model = load_session_model("models/penguins/3")
    model.run("serving_default", {"examples": np.array([record], object)})["probabilities"]   # [batch, classes]

`tf.saved_model.load` accepts models that fail in TF Serving (a Keras 3 model held by a `tf.Module` whose variables are
not tracked), so every work area loads through here. The callables behind `run` check shapes and types inside the
runtime, as TF Serving does, and are safe to call from many threads.
"""

import dataclasses
import math
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.saved_model.loader_impl import SavedModelLoader

from argosy.errors import ArtifactError, SavedModelCallError
from argosy.saved_model.files import read_meta_graph, require_variables
from argosy.saved_model.signature import Signature, public_signatures
from argosy.saved_model.status import call_errors

SERVE_TAGS = ("serve",)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Callable:
    """One prepared call: the session's function, and the names of what goes in and comes out, in its order."""

    function: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class SessionModel:
    """A loaded SavedModel.

    Attributes:
        directory: Where it was loaded from.
        signatures: What can be called, by name.
        signature_def_map: The same as the protos that the file holds, `__saved_model_init_op` included.
    """

    directory: str
    signatures: Mapping[str, Signature]
    signature_def_map: Mapping[str, Any]
    _session: Any
    _callables: dict[tuple[Any, ...], _Callable] = dataclasses.field(default_factory=dict)
    _lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def run(
        self,
        signature_name: str,
        feeds: Mapping[str, Any],
        *,
        output_filter: Sequence[str] | None = None,
        timeout_ms: int | None = None,
    ) -> dict[str, np.ndarray]:
        """Returns the signature's outputs by name; strings are object arrays of bytes.

        Args:
            signature_name: One of `signatures`.
            feeds: A value for every input. Arrays go in as they are (a wrong type is refused, as in TF Serving);
                anything else is converted to the input's type.
            output_filter: The outputs wanted; None or empty for all of them.
            timeout_ms: The runtime gives up after this many milliseconds, rounded up to a power of two; None: never.

        Raises:
            SavedModelCallError: The call was refused or failed; `code` says how.
        """
        signature = self._signature(signature_name)
        signature.check_feeds(feeds)
        call = self._callable(signature, signature.check_outputs(output_filter or ()), timeout_ms)
        with call_errors():
            arrays = [_to_array(feeds[name], signature.inputs[name].numpy_dtype) for name in call.inputs]
            return dict(zip(call.outputs, call.function(*arrays), strict=True))

    def close(self) -> None:
        """Frees the model; later calls fail with CANCELLED."""
        with self._lock:
            self._callables.clear()
        self._session.close()

    def _signature(self, name: str) -> Signature:
        if name not in self.signatures:
            raise SavedModelCallError(f'Serving signature key "{name}" not found.', code="FAILED_PRECONDITION")
        return self.signatures[name]

    def _callable(self, signature: Signature, outputs: tuple[str, ...], timeout_ms: int | None) -> _Callable:
        # A prepared call holds its timeout, so timeouts share a few steps or every deadline would prepare its own.
        timeout = 2 ** math.ceil(math.log2(timeout_ms)) if timeout_ms and timeout_ms > 0 else 0
        key = (signature.name, outputs, timeout)
        with self._lock:
            if key not in self._callables:
                with call_errors():
                    self._callables[key] = _prepare(self._session, signature, outputs, timeout)
            return self._callables[key]


def load_session_model(directory: str, tags: Sequence[str] = SERVE_TAGS) -> SessionModel:
    """Returns the SavedModel in the directory, its variables restored and its tables filled.

    Raises:
        ArtifactError: There is no SavedModel with these tags, a part of it is missing or damaged, or it does not start.
    """
    meta_graph = read_meta_graph(directory, tags)
    require_variables(directory, meta_graph)
    session = tf.compat.v1.Session(graph=tf.Graph())
    try:
        with session.graph.as_default():
            loaded = SavedModelLoader(directory).load(session, list(tags))
    except (tf.errors.OpError, OSError, ValueError, RuntimeError) as error:
        session.close()
        raise ArtifactError(f"{directory}: the SavedModel does not load into a session: {error}") from error
    signatures = dict(loaded.signature_def)
    model = SessionModel(
        directory=directory,
        signatures=public_signatures(signatures),
        signature_def_map=signatures,
        _session=session,
    )
    # TensorFlow's own clean-up of a prepared call fails when the interpreter ends before it.
    weakref.finalize(model, model._callables.clear)
    return model


def _prepare(session: Any, signature: Signature, outputs: tuple[str, ...], timeout_ms: int) -> _Callable:
    options = config_pb2.CallableOptions()
    options.feed.extend(info.tensor for info in signature.inputs.values())
    options.fetch.extend(signature.outputs[name].tensor for name in outputs)
    options.run_options.timeout_in_ms = timeout_ms
    function = session._make_callable_from_options(options)
    return _Callable(function=function, inputs=tuple(signature.inputs), outputs=outputs)


def _to_array(value: Any, dtype: np.dtype) -> np.ndarray:
    array = value if isinstance(value, np.ndarray) else np.asarray(value, dtype)
    return array.astype(object) if array.dtype.kind in "SU" else array
