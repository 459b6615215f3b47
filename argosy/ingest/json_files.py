"""One file of JSON Lines: an object a line; a key that a line lacks, or whose value is null, is missing there.

Read in chunks of whole lines, each of which has types of its own; texts that look like dates stay texts.
"""

import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping

import pyarrow as pa
from pyarrow import json as arrow_json

from argosy.errors import DataError, StorageError, located
from argosy.ingest.features import as_batch, kind_of_type
from argosy.ingest.local_file import LocalFile
from argosy.ingest.row_size import largest_row, too_large
from argosy.ingest.scanned import KINDS, ScannedFile

_CHUNK = 4 << 20
_ROW = re.compile(r"row (\d+)")


def scan_json(file: LocalFile) -> ScannedFile:
    """Returns columns, kinds and number of rows of a file, all of which is read.

    Raises:
        DataError: A line is no object, or a column has values of two kinds or of one that a feature cannot hold.
        StorageError: It cannot be read.
    """
    kinds: dict[str, str] = {}
    rows = 0
    for first, table in _tables(file):
        rows += table.num_rows
        with located(file=file.name, lines=f"{first} to {first + table.num_rows - 1}"):
            for field in table.schema:
                kind, before = kind_of_type(field.name, field.type), kinds.get(field.name, "null")
                if {kind, before} in ({"bytes", "int"}, {"bytes", "float"}):
                    raise DataError(f"column {field.name!r} is {kind}, and {before} before; write it as one type")
                kinds[field.name] = max(kind, before, key=KINDS.index)
    return ScannedFile(file=file.name, kinds=kinds, rows=rows)


def read_json(file: LocalFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows as list columns of these kinds.

    Raises:
        DataError: A value is not of its kind.
        StorageError: It cannot be read.
    """
    for first, table in _tables(file):
        with located(file=file.name, lines=f"{first} to {first + table.num_rows - 1}"):
            columns = {name: table.column(name).combine_chunks() for name in table.schema.names if name in kinds}
            yield as_batch(columns, kinds, table.num_rows)


def _tables(file: LocalFile) -> Iterator[tuple[int, pa.Table]]:
    """Yields chunks of the file, each with the number of its first line that is not blank, from 1."""
    line = 1
    for chunk in _chunks(file):
        if len(chunk) > largest_row():
            raise too_large(f"file {file}, line {line}: a row that begins there")
        if chunk.strip():
            _check_utf8(file, line, chunk)
            yield line, _table(file, line, chunk)
        line += chunk.count(b"\n")


def _chunks(file: LocalFile) -> Iterator[bytes]:
    """Yields runs of whole lines; the beginning of a line that is too large, as the last."""
    rest = bytearray()
    try:
        with file.path.open("rb") as raw:
            while block := raw.read(_CHUNK):
                head, newline, tail = block.rpartition(b"\n")
                if newline:
                    yield bytes(rest) + head + newline
                    rest = bytearray(tail)
                else:
                    rest += block
                    if len(rest) > largest_row():
                        break
    except OSError as error:
        raise StorageError(f"cannot read {file}: {error}") from error
    if rest:
        yield bytes(rest)


def _check_utf8(file: LocalFile, first: int, chunk: bytes) -> None:
    try:
        chunk.decode()
    except UnicodeDecodeError as error:
        line = first + chunk.count(b"\n", 0, error.start)
        raise DataError(
            f"file {file}, line {line}: not UTF-8, byte {chunk[error.start]:#04x}; save the file as UTF-8"
        ) from error


def _table(file: LocalFile, line: int, chunk: bytes) -> pa.Table:
    explicit: dict[str, pa.DataType] = {}
    while True:
        try:
            table = arrow_json.read_json(
                io.BytesIO(chunk),
                arrow_json.ReadOptions(use_threads=False, block_size=len(chunk) + 1),
                arrow_json.ParseOptions(explicit_schema=pa.schema(list(explicit.items())) if explicit else None),
            )
        except pa.ArrowInvalid as error:
            raise DataError(_message(file, line, chunk, error)) from error
        found = {field.name: _with_text(field.type) for field in table.schema}
        dated = {field.name: found[field.name] for field in table.schema if found[field.name] != field.type}
        if not dated:
            return table
        explicit |= dated


def _with_text(column_type: pa.DataType) -> pa.DataType:
    """Returns the type with text where the reader has seen a date."""
    if pa.types.is_timestamp(column_type):
        return pa.string()
    if pa.types.is_list(column_type) and pa.types.is_timestamp(column_type.value_type):
        return pa.list_(pa.string())
    return column_type


def _message(file: LocalFile, line: int, chunk: bytes, error: Exception) -> str:
    row = _ROW.search(str(error))
    number = _line_of_row(chunk, line, int(row[1])) if row else next(_wrong_lines(chunk, line), None)
    where = f"line {number}" if number else f"from line {line}"
    return f"file {file}, {where}: {error}; each line has to be one JSON object, each key of one type"


def _line_of_row(chunk: bytes, first: int, row: int) -> int:
    """Returns the number of the line of a row, from 0, which blank lines are not."""
    filled = (number for number, text in enumerate(chunk.split(b"\n"), first) if text.strip())
    return next(itertools.islice(filled, row, None), first)


def _wrong_lines(chunk: bytes, first: int) -> Iterator[int]:
    """Yields the numbers of lines that are not JSON at all."""
    for number, text in enumerate(chunk.split(b"\n"), first):
        try:
            json.loads(text or b"{}")
        except ValueError:
            yield number
