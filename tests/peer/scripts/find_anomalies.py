"""Anomalies by TFDV.

{cases: {name: {files or statistics, schema, environment, previous, serving, ours}}} -> {name: {ours, theirs, updated}},
all as text. With `files`, TFDV computes the statistics itself; `statistics`, `previous` and `serving` are ours.
`ours` is our SchemaDiff.pb, `updated` the schema as TFDV makes it fit.
"""

import json
import sys
from pathlib import Path

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions
from tensorflow_metadata.proto.v0 import anomalies_pb2

IN_MEMORY = PipelineOptions(["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"])

request = json.loads(sys.argv[1])
answer = {}
for name, case in request["cases"].items():
    if "files" in case:
        statistics = tfdv.generate_statistics_from_tfrecord(case["files"], pipeline_options=IN_MEMORY)
    else:
        statistics = tfdv.load_stats_binary(case["statistics"])
    schema = tfdv.load_schema_text(case["schema"])
    theirs = tfdv.validate_statistics(
        statistics,
        schema,
        environment=case.get("environment") or None,
        previous_statistics=tfdv.load_stats_binary(case["previous"]) if case.get("previous") else None,
        serving_statistics=tfdv.load_stats_binary(case["serving"]) if case.get("serving") else None,
    )
    answer[name] = {
        "theirs": str(theirs),
        "ours": str(anomalies_pb2.Anomalies.FromString(Path(case["ours"]).read_bytes())),
        "updated": str(tfdv.update_schema(schema, statistics)),
    }
print(json.dumps(answer))
