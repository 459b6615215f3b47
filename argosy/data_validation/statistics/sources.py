"""Statistics of files and DataFrames, in one call."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv

from argosy.data_validation.statistics.files import write_statistics
from argosy.data_validation.statistics.generate import generate_statistics
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.parse_options import parse_options
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.errors import DataError, ParameterError, located
from argosy.examples.read import read_file
from argosy.schema import Schema

_WIDER = {"null": pa.int64(), "int64": pa.float64(), "double": pa.string(), "string": pa.binary()}
_OF_SCHEMA = {"INT": pa.int64(), "FLOAT": pa.float64(), "BYTES": pa.binary()}
_BLOCK_BYTES = 4 << 20
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
    batches = (batch for file in _files(data_location) for batch in read_file(file))
    return _written(generate_statistics(batches, options=_options(stats_options), schema=schema), output_path)


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
    the type that the schema gives it. So with a schema that says BYTES, `01234` stays the text that it is.

    Args:
        data_location: Files: a path, or a pattern.
        column_names: Of files without a header.
        delimiter: Between two cells.
        stats_options: Options by TFDV's names.
        schema: Says of which type columns are, which numbers are categories, and more.
        output_path: Where given, the file that the statistics are written to as well.

    Raises:
        ParameterError: No file is there, or an option is unknown.
        DataError: A file is no CSV file.
    """
    files, options = _files(data_location), _options(stats_options)
    declared = schema.features if schema else ()
    types = {feature.name: _OF_SCHEMA[feature.type] for feature in declared if feature.type in _OF_SCHEMA}
    while True:
        try:
            batches = (batch for file in files for batch in _csv_batches(file, column_names, delimiter, types))
            return _written(generate_statistics(batches, options=options, schema=schema), output_path)
        except _WiderColumnError as found:
            types[found.name] = found.type


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
    return generate_statistics(table.to_batches(_ROWS_AT_A_TIME), options=_options(stats_options), schema=schema)


class _WiderColumnError(Exception):
    """A column of a CSV file has a cell that its type does not hold."""

    def __init__(self, name: str, type_: pa.DataType) -> None:
        super().__init__(name)
        self.name, self.type = name, type_


def _csv_batches(
    file: str, names: Sequence[str], delimiter: str, types: Mapping[str, pa.DataType]
) -> Iterator[pa.RecordBatch]:
    with located(file=file):
        try:
            reader = _opened(file, names, delimiter, types)
        except (pa.ArrowInvalid, OSError) as error:
            raise _wider(_columns(file, names, delimiter), str(error)) from error
        for field in reader.schema:
            if pa.types.is_temporal(field.type):
                raise _WiderColumnError(field.name, pa.string())
        while True:
            try:
                yield reader.read_next_batch()
            except StopIteration:
                return
            except pa.ArrowInvalid as error:
                raise _wider(reader.schema.names, str(error)) from error


def _opened(
    file: str, names: Sequence[str], delimiter: str, types: Mapping[str, pa.DataType]
) -> csv.CSVStreamingReader:
    return csv.open_csv(
        file,
        read_options=csv.ReadOptions(column_names=list(names) or None, block_size=_BLOCK_BYTES, use_threads=False),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict(types), null_values=[""], strings_can_be_null=True, true_values=[], false_values=[]
        ),
    )


def _columns(file: str, names: Sequence[str], delimiter: str) -> Sequence[str]:
    """Returns the names of the columns, also where their cells have other types; none where it is no CSV file."""
    try:
        return list(names) or _opened(file, names, delimiter, {}).schema.names
    except (pa.ArrowInvalid, OSError):
        return ()


def _wider(names: Sequence[str], message: str) -> Exception:
    """Returns which column needs which wider type; an error where that is not what is wrong."""
    found = re.search(r"CSV column #(\d+): (?:Row #\d+: )?CSV conversion error to (\w+)", message)
    if found is None or found[2] not in _WIDER or not names:
        return DataError(f"cannot be read as CSV: {message}")
    return _WiderColumnError(names[int(found[1])], _WIDER[found[2]])


def _files(location: str) -> list[str]:
    pattern = Path(location)
    files = sorted(str(file) for file in pattern.parent.glob(pattern.name))
    if not files:
        raise ParameterError(f"data_location: there is no file {location}")
    return files


def _options(given: Mapping[str, Any] | StatisticsOptions | None) -> StatisticsOptions:
    return given if isinstance(given, StatisticsOptions) else parse_options(given or {})


def _written(statistics: DatasetStatistics, file: str) -> DatasetStatistics:
    if file:
        write_statistics(statistics, file)
    return statistics
