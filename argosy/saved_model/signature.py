"""What a SavedModel's signature takes and gives."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from argosy.errors import SavedModelCallError


@dataclasses.dataclass(frozen=True, kw_only=True)
class TensorInfo:
    """One input or output.

    Attributes:
        dtype: TensorFlow's name of its type: "float32", "int64", "string"...
        shape: Its sizes, None where any size will do; None as a whole where the rank is free.
        tensor: The name of the tensor in the graph.
    """

    dtype: str
    shape: tuple[int | None, ...] | None
    tensor: str

    @property
    def numpy_dtype(self) -> np.dtype:
        """The numpy type that feeds it; object (of bytes) for strings."""
        return np.dtype(tf.dtypes.as_dtype(self.dtype).as_numpy_dtype)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Signature:
    """A named call.

    Attributes:
        method_name: "tensorflow/serving/predict" (or classify, regress), as the file says.
    """

    name: str
    method_name: str
    inputs: Mapping[str, TensorInfo]
    outputs: Mapping[str, TensorInfo]

    def check_feeds(self, names: Iterable[str]) -> None:
        """Refuses names that are not exactly the inputs, in TF Serving's words.

        Raises:
            SavedModelCallError: INVALID_ARGUMENT.
        """
        sent, known = set(names), set(self.inputs)
        if sent != known:
            raise SavedModelCallError(
                f"input size does not match signature: {len(sent)}!={len(known)} len({_listed(sent)}) != "
                f"len({_listed(known)}). Sent extra: {_listed(sent - known)}. "
                f"Missing but required: {_listed(known - sent)}.",
                code="INVALID_ARGUMENT",
            )

    def check_outputs(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Returns the outputs to compute: those wanted, in that order, or all of them where none is named.

        Raises:
            SavedModelCallError: INVALID_ARGUMENT: one is unknown or named twice.
        """
        names = tuple(wanted)
        for index, name in enumerate(names):
            if name not in self.outputs:
                message = f"output tensor alias not found in signature: {name} Outputs expected to be in the set "
                raise SavedModelCallError(f"{message}{_listed(self.outputs)}.", code="INVALID_ARGUMENT")
            if name in names[:index]:
                raise SavedModelCallError(f"duplicate output tensor alias: {name}", code="INVALID_ARGUMENT")
        return names or tuple(self.outputs)


def public_signatures(signature_defs: Mapping[str, Any]) -> dict[str, Signature]:
    """Returns the signatures that a client can call; the initialiser's entry is left out."""
    return {
        name: Signature(
            name=name,
            method_name=proto.method_name,
            inputs={key: _tensor_info(info) for key, info in sorted(proto.inputs.items())},
            outputs={key: _tensor_info(info) for key, info in sorted(proto.outputs.items())},
        )
        for name, proto in sorted(signature_defs.items())
        if name != "__saved_model_init_op"
    }


def _tensor_info(proto: Any) -> TensorInfo:
    shape = proto.tensor_shape
    sizes = None if shape.unknown_rank else tuple(None if dim.size < 0 else int(dim.size) for dim in shape.dim)
    return TensorInfo(dtype=tf.dtypes.as_dtype(proto.dtype).name, shape=sizes, tensor=proto.name)


def _listed(names: Iterable[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"
