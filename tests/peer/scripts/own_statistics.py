"""Statistics by generators of one's own, in TFDV: {files, source, options} -> the proto, as text.

The source is that of a module without its imports of the base classes; GENERATORS in it are what is run.
"""

import json
import sys

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import json_format
from tensorflow_data_validation.statistics.generators import stats_generator  # type: ignore[import-not-found]
from tfx_bsl.public.proto import slicing_spec_pb2  # type: ignore[import-not-found]

IN_MEMORY = PipelineOptions(
    ["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner", "--no_pipeline_type_check"]
)

request = json.loads(sys.argv[1])
given = request["options"]
if "slicing_config" in given:
    given["slicing_config"] = json_format.ParseDict(given["slicing_config"], slicing_spec_pb2.SlicingConfig())
bases = ("CombinerStatsGenerator", "CombinerFeatureStatsGenerator")
# Beam pickles the classes of the main module by value.
globals().update({name: getattr(stats_generator, name) for name in bases})
exec(request["source"], globals())
options = tfdv.StatsOptions(generators=globals()["GENERATORS"], **given)
found = tfdv.generate_statistics_from_tfrecord(request["files"], stats_options=options, pipeline_options=IN_MEMORY)
print(json.dumps(str(found)))
