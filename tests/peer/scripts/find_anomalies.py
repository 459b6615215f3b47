"""Anomalies by TFDV: {cases: {name: {files or statistics, schema, environment, ours}}} -> {name: {theirs, ours}} as text.

With `files`, TFDV computes the statistics itself; with `statistics` it loads ours. `ours` is a SchemaDiff.pb of ours, as
TFDV loads it.
"""

import json
import sys

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

IN_MEMORY = PipelineOptions(["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"])

request = json.loads(sys.argv[1])
answer = {}
for name, case in request["cases"].items():
    if "files" in case:
        statistics = tfdv.generate_statistics_from_tfrecord(case["files"], pipeline_options=IN_MEMORY)
    else:
        statistics = tfdv.load_stats_binary(case["statistics"])
    with open(case["schema"]) as file:
        schema = text_format.Parse(file.read(), schema_pb2.Schema())
    theirs = tfdv.validate_statistics(statistics, schema, environment=case.get("environment") or None)
    answer[name] = {"theirs": str(theirs), "ours": str(tfdv.load_anomalies_binary(case["ours"]))}
print(json.dumps(answer))
