"""Golden requests in the form that TF Serving asks by itself before it takes a version into service."""

from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from argosy.saved_model.files import read_meta_graph
from argosy.saved_model.golden import GoldenCase, from_json
from argosy.saved_model.session import SERVE_TAGS
from argosy.saved_model.signature import public_signatures

WARMUP_FILE = "assets.extra/tf_serving_warmup_requests"


def write_warmup(directory: str, cases: Iterable[GoldenCase]) -> str:
    """Writes the cases' requests into a SavedModel's `assets.extra/` and returns the file's path.

    TF Serving runs them while it loads the version, and a version that fails one never becomes available.
    """
    signatures = public_signatures(read_meta_graph(directory, SERVE_TAGS).signature_def)
    path = Path(directory, WARMUP_FILE)
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for case in cases:
            request = predict_pb2.PredictRequest()
            request.model_spec.signature_name = case.signature
            for name, info in signatures[case.signature].inputs.items():
                array = from_json(case.inputs[name], info.numpy_dtype)
                request.inputs[name].CopyFrom(tf.make_tensor_proto(array, dtype=info.dtype))
            log = prediction_log_pb2.PredictLog(request=request)
            writer.write(prediction_log_pb2.PredictionLog(predict_log=log).SerializeToString())
    return str(path)
