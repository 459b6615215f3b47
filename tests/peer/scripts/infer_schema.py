"""Schemas by TFDV: {datasets: {name: {files, ours}}} -> {name: {theirs, ours}}.

Theirs is inferred from TFDV's own statistics of the files, ours is loaded; both as text.
"""

import json
import sys

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions

IN_MEMORY = PipelineOptions(["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"])

request = json.loads(sys.argv[1])
answer = {}
for name, dataset in request["datasets"].items():
    statistics = tfdv.generate_statistics_from_tfrecord(dataset["files"], pipeline_options=IN_MEMORY)
    theirs = tfdv.infer_schema(statistics, infer_feature_shape=True)
    answer[name] = {"theirs": str(theirs), "ours": str(tfdv.load_schema_text(dataset["ours"]))}
print(json.dumps(answer))
