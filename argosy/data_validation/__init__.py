"""Statistics of rows, schemas from statistics, and rows judged by a schema.

    statistics = generate_statistics(read_examples("…/examples", "train"))
    schema = infer_schema(statistics)
    anomalies = validate_statistics(generate_statistics(read_examples("…/examples", "eval")), schema)

`statistics/` accumulates them in one pass and writes what TFDV writes, `infer.py` follows TFX's rules, `validation/`
holds the checks, `report/` the pages. The steps StatisticsGen, SchemaGen and ExampleValidator are in `executor.py`;
only `beam.py` imports Apache Beam, and nothing here imports TensorFlow.
"""

from argosy.data_validation.infer import infer_schema, update_schema
from argosy.data_validation.statistics.files import read_statistics, write_statistics
from argosy.data_validation.statistics.generate import generate_statistics
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.validation.files import read_anomalies, write_anomalies
from argosy.data_validation.validation.spec import Anomalies
from argosy.data_validation.validation.validate import validate_statistics

__all__ = [
    "Anomalies",
    "DatasetStatistics",
    "StatisticsOptions",
    "generate_statistics",
    "infer_schema",
    "read_anomalies",
    "read_statistics",
    "update_schema",
    "validate_statistics",
    "write_anomalies",
    "write_statistics",
]
