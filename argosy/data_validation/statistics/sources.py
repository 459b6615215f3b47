"""Statistics of files and DataFrames, in one call."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from argosy.data_validation.statistics.csv_rows import with_csv_rows
from argosy.data_validation.statistics.files import write_statistics
from argosy.data_validation.statistics.generate import generate_statistics
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.parse_options import parse_options
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.errors import DataError, ParameterError
from argosy.examples.read import read_file
from argosy.schema import Schema

_ROWS_AT_A_TIME = 100_000


def generate_statistics_from_tfrecord(
    data_location: str,
    *,
    stats_options: Mapping[str, Any] | StatisticsOptions | None = None,
    schema: Schema | None = None,
    output_path: str = "",
) -> DatasetStatistics:
    """Returns the statistics of the tf.Examples in TFRecord files, plain or gzip.

    Args:
        data_location: Files: a path, or a pattern such as `examples/Split-train/*`.
        stats_options: Options by TFDV's names.
        schema: Says which numbers are categories, and more.
        output_path: Where given, the file that the statistics are written to as well.

    Raises:
        ParameterError: No file is there, or an option is unknown.
        DataError: A file is damaged, or a feature has two types.
    """
    batches = (batch for file in files_at(data_location) for batch in read_file(file))
    return written(generate_statistics(batches, options=options_of(stats_options), schema=schema), output_path)


def generate_statistics_from_csv(
    data_location: str,
    column_names: Sequence[str] = (),
    delimiter: str = ",",
    *,
    stats_options: Mapping[str, Any] | StatisticsOptions | None = None,
    schema: Schema | None = None,
    output_path: str = "",
) -> DatasetStatistics:
    """Returns the statistics of CSV files; an empty cell is a missing value.

    A column is of whole numbers, else of numbers, else of strings: the first that fits all of its cells, starting with
    the type that the schema gives it. So with a schema that says BYTES, `01234` stays the text that it is. Cells that
    are not UTF-8 are counted as such (`invalid_utf8_count`).

    Args:
        data_location: Files: a path, or a pattern.
        column_names: Of files without a header.
        delimiter: Between two cells.
        stats_options: Options by TFDV's names.
        schema: Says of which type columns are, which numbers are categories, and more.
        output_path: Where given, the file that the statistics are written to as well.

    Raises:
        ParameterError: No file is there, or an option is unknown.
        DataError: A file is no CSV file, or its header is not UTF-8 or has a name twice.
    """
    files, options = files_at(data_location), options_of(stats_options)

    def described(batches: Iterator[pa.RecordBatch]) -> DatasetStatistics:
        return generate_statistics(batches, options=options, schema=schema)

    found = with_csv_rows(files, described, names=column_names, delimiter=delimiter, schema=schema)
    return written(found, output_path)


def generate_statistics_from_dataframe(
    dataframe: Any,
    *,
    stats_options: Mapping[str, Any] | StatisticsOptions | None = None,
    schema: Schema | None = None,
) -> DatasetStatistics:
    """Returns the statistics of a pandas DataFrame; NaN, None and NaT are missing values, a time is its text.

    Raises:
        ParameterError: An option is unknown.
        DataError: A column holds values of two types.
    """
    try:
        table = pa.Table.from_pandas(dataframe, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(f"the DataFrame cannot be read: {error}; give each column values of one type") from error
    for place, field in enumerate(table.schema):
        if pa.types.is_temporal(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return generate_statistics(table.to_batches(_ROWS_AT_A_TIME), options=options_of(stats_options), schema=schema)


def files_at(location: str) -> list[str]:
    """Returns the files at a path, or of a pattern, sorted.

    Raises:
        ParameterError: There is none.
    """
    pattern = Path(location)
    files = sorted(str(file) for file in pattern.parent.glob(pattern.name))
    if not files:
        raise ParameterError(f"data_location: there is no file {location}")
    return files


def options_of(given: Mapping[str, Any] | StatisticsOptions | None) -> StatisticsOptions:
    """Returns options from a dictionary, or as they are.

    Raises:
        ParameterError: An option is unknown.
    """
    return given if isinstance(given, StatisticsOptions) else parse_options(given or {})


def written(statistics: DatasetStatistics, file: str) -> DatasetStatistics:
    """Returns the statistics, written to the file where one is named."""
    if file:
        write_statistics(statistics, file)
    return statistics
