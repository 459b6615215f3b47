"""The KFP face of ExampleGen."""

from kfp import dsl

from components.artifact_types import Examples
from components.container import step


@dsl.container_component
def example_gen(
    examples: dsl.Output[Examples],
    input_base: str,
    input_format: str = "",
    read_options: dict = {},
    types: dict = {},
    input_config: dict = {},
    output_config: dict = {},
    range_config: dict = {},
    span: int = 0,
    fingerprint: str = "",
    beam_pipeline_args: list = [],
) -> dsl.ContainerSpec:
    """Reads files of rows, types their columns over the whole input, and writes tf.Examples, split by a row hash.

    Args:
        input_base: The folder that holds the input files: a path or a URI.
        input_format: csv, jsonl, parquet, avro or tfrecord. Default: as the files' names say, else csv.
        read_options: How CSV is written: delimiter, quote, names (of the columns, where there is no header line),
            null_tokens. Default: commas, double quotes, a header.
        types: Column -> int, float or bytes, where that is not to be inferred.
        input_config: Input splits, as TFX's Input: {"splits": [{"name": ..., "pattern": ...}]}.
            Default: all files, one split.
        output_config: Output splits, as TFX's Output:
            {"split_config": {"splits": [{"name": ..., "hash_buckets": ...}]}}. Default: train and eval, two to one.
        range_config: Which spans to read: {"static_range": ...} or {"rolling_range": ...}.
        span: The span that was resolved before the run; recorded with the examples.
        fingerprint: The input's fingerprint taken before the run, so that a cache notices when the data changes.
        beam_pipeline_args: Apache Beam's own options, to run on Flink, Spark or Dataflow.

    Returns:
        examples: The rows, split by split.
    """
    return step("example_gen")
