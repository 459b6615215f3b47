"""Statistics of rows, schemas from statistics, and rows judged by a schema.

    statistics = generate_statistics(read_examples("…/examples", "train"))
    schema = infer_schema(statistics)
    anomalies = validate_statistics(generate_statistics(read_examples("…/examples", "eval")), schema)
    verdict = Validator(schema).check([{"age": 3}])

`statistics/` accumulates them in one pass and writes what TFDV writes, `infer.py` follows TFX's rules, `validation/`
holds the checks, `rows/` those of single rows, `report/` the pages. Each step has a file `..._step.py`; only `beam.py`
imports Apache Beam, and nothing here imports TensorFlow.
"""

from typing import Any

from argosy.data_validation.comparison import Comparison, compare_statistics
from argosy.data_validation.diff.detect import detect_feature_skew
from argosy.data_validation.diff.spec import Diff, DiffOptions
from argosy.data_validation.distribution import parse_distribution_config, validate_distributions
from argosy.data_validation.frames import anomalies_frame, diff_frame, drift_skew_frame, slices_frame, tokens_frame
from argosy.data_validation.infer import infer_schema, update_schema
from argosy.data_validation.rows.anomalous import (
    AnomalousExamples,
    validate_examples_in_csv,
    validate_examples_in_tfrecord,
)
from argosy.data_validation.rows.instance import validate_instance
from argosy.data_validation.rows.report import RowReport, identify_anomalous_examples, validate_examples
from argosy.data_validation.rows.validator import Validator
from argosy.data_validation.statistics.files import read_slices, read_statistics, write_statistics
from argosy.data_validation.statistics.files import read_statistics_file as load_stats_binary
from argosy.data_validation.statistics.generate import dataset_accumulator, generate_statistics
from argosy.data_validation.statistics.generators import CombinerFeatureStatsGenerator, CombinerStatsGenerator
from argosy.data_validation.statistics.load import load_sharded_statistics, load_statistics
from argosy.data_validation.statistics.merge import merge_statistics
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.parse_options import parse_options
from argosy.data_validation.statistics.sources import (
    generate_statistics_from_csv,
    generate_statistics_from_dataframe,
    generate_statistics_from_tfrecord,
)
from argosy.data_validation.statistics.spec import CustomStatistic, DatasetStatistics
from argosy.data_validation.text_files import (
    load_anomalies_text,
    load_stats_text,
    write_anomalies_text,
    write_stats_text,
)
from argosy.data_validation.validation.custom import parse_custom_validations
from argosy.data_validation.validation.files import read_anomalies, write_anomalies
from argosy.data_validation.validation.options import ValidationOptions
from argosy.data_validation.validation.slices import validate_corresponding_slices
from argosy.data_validation.validation.spec import Anomalies
from argosy.data_validation.validation.validate import validate_statistics
from argosy.schema import (
    add_values,
    check_consistent,
    differences,
    drop_feature,
    get_domain,
    get_feature,
    schema_frame,
    set_domain,
    set_environments,
    set_feature,
)
from argosy.schema import read_schema as load_schema_text
from argosy.schema import write_schema as write_schema_text

__all__ = [
    "Anomalies",
    "AnomalousExamples",
    "CombinerFeatureStatsGenerator",
    "CombinerStatsGenerator",
    "Comparison",
    "CustomStatistic",
    "DatasetStatistics",
    "Diff",
    "DiffOptions",
    "GenerateStatistics",
    "RowReport",
    "StatisticsOptions",
    "ValidationOptions",
    "Validator",
    "add_values",
    "anomalies_frame",
    "check_consistent",
    "compare_statistics",
    "dataset_accumulator",
    "detect_feature_skew",
    "diff_frame",
    "differences",
    "drift_skew_frame",
    "drop_feature",
    "generate_statistics",
    "generate_statistics_from_csv",
    "generate_statistics_from_dataframe",
    "generate_statistics_from_tfrecord",
    "get_domain",
    "get_feature",
    "identify_anomalous_examples",
    "infer_schema",
    "load_anomalies_text",
    "load_schema_text",
    "load_sharded_statistics",
    "load_statistics",
    "load_stats_binary",
    "load_stats_text",
    "merge_statistics",
    "parse_custom_validations",
    "parse_distribution_config",
    "parse_options",
    "read_anomalies",
    "read_slices",
    "read_statistics",
    "schema_frame",
    "set_domain",
    "set_environments",
    "set_feature",
    "slices_frame",
    "tokens_frame",
    "update_schema",
    "validate_corresponding_slices",
    "validate_distributions",
    "validate_examples",
    "validate_examples_in_csv",
    "validate_examples_in_tfrecord",
    "validate_instance",
    "validate_statistics",
    "write_anomalies",
    "write_anomalies_text",
    "write_schema_text",
    "write_statistics",
    "write_stats_text",
]


def __getattr__(name: str) -> Any:
    if name != "GenerateStatistics":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from argosy.data_validation.beam import GenerateStatistics

    return GenerateStatistics
