"""TF Serving's gRPC services over one served model: PredictionService and ModelService."""

from collections.abc import Callable
from typing import Any, TypeVar

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from argosy.serving.calls import DEFAULT_SIGNATURE, ModelQuery, acquired, signature_def_map, version_states
from argosy.serving.served_model import ServedModel
from argosy.serving.status import HTTP_STATUS, from_exception, invalid
from argosy.serving.tensors import from_proto, to_proto

T = TypeVar("T")

_STATUS_NUMBERS = {name: getattr(grpc.StatusCode, name).value[0] for name in HTTP_STATUS}
_NEVER_SECONDS = 10.0 * 365 * 24 * 3600


def add_services(server: Any, served: ServedModel) -> None:
    """Registers both services of a served model with a grpc.Server that has not started."""
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_PredictionService(served), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_ModelService(served), server)


class _PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, served: ServedModel) -> None:
        self._served = served

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _answer(context, lambda: _predict(self._served, request, _timeout_ms(context)))

    def GetModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _answer(context, lambda: _metadata(self._served, request))

    def Classify(self, request: Any, context: Any) -> Any:  # noqa: N802
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Classify is not served here: use Predict")

    def Regress(self, request: Any, context: Any) -> Any:  # noqa: N802
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Regress is not served here: use Predict")

    def MultiInference(self, request: Any, context: Any) -> Any:  # noqa: N802
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "MultiInference is not served here: use Predict")


class _ModelService(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, served: ServedModel) -> None:
        self._served = served

    def GetModelStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _answer(context, lambda: _status(self._served, request))

    def HandleReloadConfigRequest(self, request: Any, context: Any) -> Any:  # noqa: N802
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "this server serves the one model that it was started with")


def _predict(served: ServedModel, request: Any, timeout_ms: int | None) -> Any:
    signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    with acquired(served, _query(request)) as (version, model):
        feeds = {name: from_proto(name, proto) for name, proto in request.inputs.items()}
        if signature_name in model.signatures:
            defaults = model.signature_def_map[signature_name].defaults
            feeds = {name: tf.make_ndarray(proto) for name, proto in defaults.items()} | feeds
        outputs = model.run(signature_name, feeds, output_filter=request.output_filter, timeout_ms=timeout_ms)
    response = predict_pb2.PredictResponse(outputs={name: to_proto(array) for name, array in outputs.items()})
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = version
    response.model_spec.signature_name = signature_name
    return response


def _metadata(served: ServedModel, request: Any) -> Any:
    if not request.metadata_field:
        raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
    for field in request.metadata_field:
        if field != "signature_def":
            raise invalid(f"Metadata field {field} is not supported")
    with acquired(served, _query(request)) as (version, model):
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.metadata["signature_def"].Pack(signature_def_map(model))
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = version
    return response


def _status(served: ServedModel, request: Any) -> Any:
    query = _query(request)
    if query.label:
        raise invalid(f"Unrecognized servable version label: {query.label}")
    response = get_model_status_pb2.GetModelStatusResponse()
    for state in version_states(served, query.name, query.version):
        entry = response.model_version_status.add(version=state.version)
        entry.state = get_model_status_pb2.ModelVersionStatus.State.Value(state.state)
        entry.status.error_code = _STATUS_NUMBERS[state.code]
        entry.status.error_message = state.message
    return response


def _query(request: Any) -> ModelQuery:
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec")
    spec = request.model_spec
    if not spec.name:
        raise invalid("ModelSpec has no name specified.")
    version = spec.version.value if spec.WhichOneof("version_choice") == "version" else None
    return ModelQuery(name=spec.name, version=version, label=spec.version_label)


def _answer(context: Any, call: Callable[[], T]) -> T:
    try:
        return call()
    except Exception as error:  # a request never ends the server: what goes wrong is that request's answer
        failure = from_exception(error)
    return context.abort(grpc.StatusCode[failure.code], failure.message)


def _timeout_ms(context: Any) -> int | None:
    seconds = context.time_remaining()
    return None if seconds is None or seconds > _NEVER_SECONDS else max(1, int(seconds * 1000))
