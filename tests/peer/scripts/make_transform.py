"""A preprocessing_fn analyzed and applied by TFT: {code, files, schema, ours} -> {theirs, ours}: transformed rows.

Theirs come of the graph that TFT makes of the code and the rows, ours of our graph; both applied by TFT to all rows.
"""

import json
import sys
import tempfile

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
import tensorflow_transform as tft  # type: ignore[import-not-found]
import tensorflow_transform.beam as tft_beam  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions
from tfx_bsl.public import tfxio  # type: ignore[import-not-found]

# Beam 2.72's FnApiRunner fails on an analysis by TFT that has several phases; this local runner does not.
LOCAL = PipelineOptions(["--runner=BundleBasedDirectRunner"])


def plain(array):
    return np.char.decode(array.astype(bytes), "utf-8").tolist() if array.dtype == object else array.tolist()


request = json.loads(sys.argv[1])
module: dict = {}
exec(request["code"], module)
schema = tfdv.load_schema_text(request["schema"])
theirs = tempfile.mkdtemp()
with beam.Pipeline(options=LOCAL) as pipeline, tft_beam.Context(temp_dir=tempfile.mkdtemp()):
    source = tfxio.TFExampleRecord(request["files"], telemetry_descriptors=["peer"], schema=schema)
    rows = pipeline | source.BeamSource()
    function = (rows, source.TensorAdapterConfig()) | tft_beam.AnalyzeDataset(module["preprocessing_fn"])
    function | tft_beam.WriteTransformFn(theirs)

records = tf.data.TFRecordDataset(sorted(tf.io.gfile.glob(request["files"])), compression_type="GZIP")
spec = tft.TFTransformOutput(request["ours"]).raw_feature_spec()
raw = tf.io.parse_example(list(records.as_numpy_iterator()), spec)
answer = {}
for name, path in (("theirs", theirs), ("ours", request["ours"])):
    graph = tft.TFTransformOutput(path)
    tensors = graph.transform_raw_features(raw)
    dense = {key: tf.sparse.to_dense(t) if isinstance(t, tf.SparseTensor) else t for key, t in tensors.items()}
    answer[name] = {key: plain(tensor.numpy()) for key, tensor in dense.items()}
    domains = graph.transformed_domains()
    answer[name]["domains"] = {key: [domain.min, domain.max, domain.is_categorical] for key, domain in domains.items()}
print(json.dumps(answer))
