"""The gRPC client of a model server: typed tensors, full precision. It imports TensorFlow; `client` does not."""

from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    model_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from argosy.errors import SavedModelCallError, ServerError
from argosy.saved_model.signature import Signature, public_signatures
from argosy.serving.tensors import from_proto, to_proto

_LARGEST_MESSAGE = 2**31 - 1
_OPTIONS = (
    ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
    ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    # A model server is inside the cluster or on this machine; a proxy from the environment would only hide it.
    ("grpc.enable_http_proxy", 0),
)


def predict(
    address: str,
    model_name: str,
    inputs: Mapping[str, np.ndarray],
    *,
    signature_name: str = "serving_default",
    version: int | None = None,
    timeout: float = 30.0,
) -> dict[str, np.ndarray]:
    """Returns the outputs by name; strings are object arrays of bytes.

    Args:
        address: The server's gRPC address, as host:8500.
        model_name: The name under which it serves the model.
        inputs: An array of the right type for every input.
        signature_name: The signature to call.
        version: A version; None for the newest that is ready.
        timeout: Seconds.

    Raises:
        SavedModelCallError: The server refused or failed the call; `code` says how.
        ServerError: No answer.
    """
    request = predict_pb2.PredictRequest(
        model_spec=_spec(model_name, version, signature_name),
        inputs={name: to_proto(array) for name, array in inputs.items()},
    )
    response = _call(address, "Predict", request, timeout)
    return {name: from_proto(name, proto) for name, proto in response.outputs.items()}


def signatures(
    address: str, model_name: str, *, version: int | None = None, timeout: float = 30.0
) -> dict[str, Signature]:
    """Returns what can be called on a served model, by signature name.

    Raises:
        SavedModelCallError: The model or version is not loaded.
        ServerError: No answer.
    """
    request = get_model_metadata_pb2.GetModelMetadataRequest(
        model_spec=_spec(model_name, version, ""), metadata_field=["signature_def"]
    )
    packed = _call(address, "GetModelMetadata", request, timeout).metadata["signature_def"]
    message = get_model_metadata_pb2.SignatureDefMap()
    packed.Unpack(message)
    return public_signatures(message.signature_def)


def _spec(model_name: str, version: int | None, signature_name: str) -> Any:
    spec = model_pb2.ModelSpec(name=model_name, signature_name=signature_name)
    if version is not None:
        spec.version.value = version
    return spec


def _call(address: str, method: str, request: Any, timeout: float) -> Any:
    with grpc.insecure_channel(address, options=_OPTIONS) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        try:
            return getattr(stub, method)(request, timeout=timeout)
        except grpc.RpcError as error:
            code, details = error.code().name, error.details()
            if code == "UNAVAILABLE":
                raise ServerError(f"{address}: no answer from the model server: {details}") from error
            raise SavedModelCallError(details, code=code) from error
