"""Statistics by TFDV: {datasets: {name: {files, ours}}, schema, options} -> {name: {theirs, ours}}, as text.

Theirs are computed of the files, with the schema and the options where they are given; ours are loaded.
"""

import json
import sys

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import json_format
from tfx_bsl.public.proto import slicing_spec_pb2  # type: ignore[import-not-found]

# Its lift does not pass the type check of the Beam that it is installed with.
IN_MEMORY = PipelineOptions(
    ["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner", "--no_pipeline_type_check"]
)

request = json.loads(sys.argv[1])
schema = tfdv.load_schema_text(request["schema"]) if request["schema"] else None
given = request.get("options", {})
if "slicing_config" in given:
    given["slicing_config"] = json_format.ParseDict(given["slicing_config"], slicing_spec_pb2.SlicingConfig())
options = tfdv.StatsOptions(schema=schema, **given)
answer = {}
for name, dataset in request["datasets"].items():
    theirs = tfdv.generate_statistics_from_tfrecord(dataset["files"], stats_options=options, pipeline_options=IN_MEMORY)
    answer[name] = {"theirs": str(theirs), "ours": str(tfdv.load_stats_binary(dataset["ours"]))}
print(json.dumps(answer))
