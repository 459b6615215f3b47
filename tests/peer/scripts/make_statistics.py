"""Statistics by TFDV: {datasets: {name: {files, ours}}, schema} -> {name: {theirs, ours}}, as text.

Theirs are computed of the files, with the schema where one is given; ours are loaded.
"""

import json
import sys

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions

IN_MEMORY = PipelineOptions(["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"])

request = json.loads(sys.argv[1])
schema = tfdv.load_schema_text(request["schema"]) if request["schema"] else None
options = tfdv.StatsOptions(schema=schema)
answer = {}
for name, dataset in request["datasets"].items():
    theirs = tfdv.generate_statistics_from_tfrecord(dataset["files"], stats_options=options, pipeline_options=IN_MEMORY)
    answer[name] = {"theirs": str(theirs), "ours": str(tfdv.load_stats_binary(dataset["ours"]))}
print(json.dumps(answer))
