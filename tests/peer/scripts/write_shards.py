"""Statistics by TFDV in shards: {files, prefix} -> what TFDV itself reads of them, as text.

Sliced by `island`; features and slices are dealt to three records.
"""

import json
import sys

import apache_beam as beam
import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions
from tfx_bsl.public import tfxio  # type: ignore[import-not-found]

request = json.loads(sys.argv[1])
options = tfdv.StatsOptions(
    experimental_result_partitions=3,
    experimental_num_feature_partitions=2,
    experimental_slice_functions=[tfdv.experimental_get_feature_value_slicer({"island": None})],
)
in_memory = PipelineOptions(["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"])
with beam.Pipeline(options=in_memory) as pipeline:
    _ = (
        pipeline
        | tfxio.TFExampleRecord(request["files"]).BeamSource()
        | tfdv.GenerateStatistics(options)
        | tfdv.WriteStatisticsToTFRecord(request["prefix"], sharded_output=True)
    )
print(json.dumps({"read": str(tfdv.load_sharded_statistics(request["prefix"]).proto())}))
