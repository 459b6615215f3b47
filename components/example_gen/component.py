"""The KFP face of ExampleGen."""

from kfp import dsl

from components.artifact_types import Examples
from components.container import step


@dsl.container_component
def example_gen(
    examples: dsl.Output[Examples],
    input_base: str = "",
    query: str = "",
    connection: str = "",
    input_format: str = "",
    read_options: dict = {},
    types: dict = {},
    module_file: str = "",
    reader_fn: str = "",
    custom_config: dict = {},
    input_config: dict = {},
    output_config: dict = {},
    payload_format: str = "",
    range_config: dict = {},
    span: int = -1,
    version: int = -1,
    fingerprint: str = "",
    beam_pipeline_args: list = [],
) -> dsl.ContainerSpec:
    """Reads files of rows, or a query's answer, types their columns, and writes them, split by a row hash.

    Args:
        input_base: The folder that holds the input files: a path or a URI. Or give connection and query.
        query: What to ask of a database in place of reading files. It may have @span_begin_timestamp,
            @span_end_timestamp (seconds since 1970 UTC) and @span_yyyymmdd_utc: of the day that range_config names.
        connection: Where to ask: bigquery://PROJECT/DATASET, or a database's URL as SQLAlchemy takes it, with a secret
            as the name of an environment variable: postgresql://reader:${DB_PASSWORD}@host/trips.
        input_format: csv, jsonl, parquet, avro, tfrecord (of tf.Examples) or tfrecord_sequence (of
            tf.SequenceExamples). Default: as the files' names say, else csv.
        read_options: How CSV is written: delimiter, quote, names (of the columns, where there is no header line),
            null_tokens. Default: commas, double quotes, a header.
        types: Column -> int, float or bytes, where that is not to be inferred.
        module_file: The Python file that defines reader_fn(path), or reader_fn(path, custom_config), which yields the
            rows of a file of any other format; or a folder, archive or wheel of packages, at a path or URI.
        reader_fn: Instead of module_file, or in its packages: the function's import path, as package.module.function.
        custom_config: Handed to reader_fn if it asks for it.
        input_config: Input splits, as TFX's Input: {"splits": [{"name": ..., "pattern": ...}]}.
            Default: all files, one split. With a connection, a pattern is the split's query.
            A pattern may say where a file's span stands: {SPAN} or {YYYY}, {MM} and {DD}; and {VERSION}. Then one span
            is read, by default the highest, and of it the highest version.
        output_config: Output splits, as TFX's Output:
            {"split_config": {"splits": [{"name": ..., "hash_buckets": ...}]}}. Default: train and eval, two to one.
            "partition_feature_name" there deals by one feature, and "hash": "tfx" deals as TFX does.
        payload_format: What is written: FORMAT_TF_EXAMPLE, FORMAT_PARQUET (much faster to write and to read) or
            FORMAT_TF_SEQUENCE_EXAMPLE. Default: tf.Examples; of tf.SequenceExamples such.
        range_config: Which span to read: {"static_range": {"start_span_number": 3, "end_span_number": 3}}, or the
            highest, but none below: {"rolling_range": {"num_spans": 1, "start_span_number": 3}}. Default: the highest.
        span: The span to read, as it was resolved before the run; -1: as range_config says.
        version: The version of the span, resolved with it; -1: the highest, or none.
        fingerprint: The input's fingerprint taken before the run, so that a cache notices when the data changes.
            Of a database that cannot tell, a text of your own that changes when the data does; else it is asked in
            each run.
        beam_pipeline_args: Apache Beam's own options, to run on Flink, Spark or Dataflow.

    Returns:
        examples: The rows, split by split.
    """
    return step("example_gen")
