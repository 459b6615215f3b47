"""Rows judged by TFDV: {files, schema} -> {by_reason: {reason: how many rows}, instances: [{feature: types} a row]}."""

import json
import sys

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions
from tensorflow_data_validation.api.validation_api import validate_instance  # type: ignore[import-not-found]
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx_bsl.public import tfxio  # type: ignore[import-not-found]

request = json.loads(sys.argv[1])
options = tfdv.StatsOptions(schema=tfdv.load_schema_text(request["schema"]))
in_memory = PipelineOptions(["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"])
found = tfdv.validate_examples_in_tfrecord(request["files"], options, pipeline_options=in_memory)
rows = tfxio.TFExampleRecord(request["files"]).RecordBatches(
    tfxio.RecordBatchesOptions(batch_size=1, num_epochs=1, shuffle=False)
)
name = anomalies_pb2.AnomalyInfo.Type.Name
instances = [
    {
        path: [name(one.type) for one in info.reason]
        for path, info in validate_instance(row, options).anomaly_info.items()
    }
    for row in rows
]
print(json.dumps({"by_reason": {one.name: one.num_examples for one in found.datasets}, "instances": instances}))
