"""TFX's CsvExampleGen on a folder of CSV files, its executor alone: prints seconds and peak memory as JSON.

Runs in an environment of TFX's own; nothing of Argosy is imported.
"""

import json
import resource
import sys
import tempfile
import time

from tfx.components.example_gen.csv_example_gen.executor import Executor  # type: ignore[import-not-found]
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor  # type: ignore[import-not-found]
from tfx.proto import example_gen_pb2  # type: ignore[import-not-found]
from tfx.types import standard_artifacts  # type: ignore[import-not-found]
from tfx.utils import proto_utils  # type: ignore[import-not-found]

BEAM = ["--runner=FnApiRunner", "--direct_running_mode=in_memory", "--direct_num_workers=1"]


def main(folder: str) -> None:
    split = example_gen_pb2.SplitConfig.Split
    output = example_gen_pb2.Output(
        split_config=example_gen_pb2.SplitConfig(
            splits=[split(name="train", hash_buckets=2), split(name="eval", hash_buckets=1)]
        )
    )
    properties = {
        "input_base": folder,
        "input_config": proto_utils.proto_to_json(
            example_gen_pb2.Input(splits=[example_gen_pb2.Input.Split(name="all", pattern="*")])
        ),
        "output_config": proto_utils.proto_to_json(output),
        "output_data_format": example_gen_pb2.FORMAT_TF_EXAMPLE,
        "output_file_format": example_gen_pb2.FORMAT_TFRECORDS_GZIP,
    }
    with tempfile.TemporaryDirectory() as out, tempfile.TemporaryDirectory() as scratch:
        examples = standard_artifacts.Examples()
        examples.uri, examples.split_names = out, '["train", "eval"]'
        executor = Executor(BaseBeamExecutor.Context(beam_pipeline_args=BEAM, tmp_dir=scratch, unique_id="1"))
        cpu, wall = time.process_time(), time.perf_counter()
        executor.Do({}, {"examples": [examples]}, properties)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu": cpu, "wall": wall, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))


if __name__ == "__main__":
    main(sys.argv[1])
