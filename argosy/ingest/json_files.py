"""One file of JSON Lines: an object a line; a key that a line lacks, or whose value is null, is missing there.

Read in chunks of whole lines, each of which has types of its own; texts that look like dates stay texts. Where a person
wants a column as bytes, its numbers are taken as they are written.
"""

import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Set

import pyarrow as pa
from pyarrow import json as arrow_json

from argosy.errors import DataError, StorageError, located
from argosy.examples.progress import RowProgress
from argosy.ingest.features import as_batch, kind_of_type
from argosy.ingest.local_file import LocalFile
from argosy.ingest.row_size import largest_row, too_large
from argosy.ingest.scanned import KINDS, ScannedFile

_CHUNK = 4 << 20
_ROW = re.compile(r"row (\d+)")
_TOKEN = re.compile(
    rb'("(?:[^"\\]|\\.)*")(\s*:)?|[{}]|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|-?Inf(?:inity)?|NaN|true|false)',
    re.DOTALL,
)


def scan_json(file: LocalFile, types: Mapping[str, str] | None = None) -> ScannedFile:
    """Returns columns, kinds and number of rows of a file, all of which is read.

    Args:
        file: The file.
        types: Kinds that a person gave to columns, which may have values of several; None: none.

    Raises:
        DataError: A line is no object, or a column has values of two kinds or of one that a feature cannot hold.
        StorageError: It cannot be read.
    """
    kinds: dict[str, str] = {}
    given = types or {}
    progress = RowProgress(f"typing {file}")
    for first, table in _tables(file, given):
        progress.add(table.num_rows)
        with located(file=file.name, lines=f"{first} to {first + table.num_rows - 1}"):
            for field in table.schema:
                kind, before = kind_of_type(field.name, field.type), kinds.get(field.name, "null")
                if field.name not in given and {kind, before} in ({"bytes", "int"}, {"bytes", "float"}):
                    raise DataError(
                        f"column {field.name!r} is {kind}, and {before} before; write one type, or name it in types"
                    )
                kinds[field.name] = max(kind, before, key=KINDS.index)
    return ScannedFile(file=file.name, kinds=kinds, rows=progress.rows)


def read_json(file: LocalFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows as list columns of these kinds.

    Raises:
        DataError: A value is not of its kind.
        StorageError: It cannot be read.
    """
    for first, table in _tables(file, kinds):
        with located(file=file.name, lines=f"{first} to {first + table.num_rows - 1}"):
            columns = {name: table.column(name).combine_chunks() for name in table.schema.names if name in kinds}
            yield as_batch(columns, kinds, table.num_rows)


def _tables(file: LocalFile, kinds: Mapping[str, str]) -> Iterator[tuple[int, pa.Table]]:
    """Yields chunks of the file, each with the number of its first line that is not blank, from 1."""
    as_text = {name for name, kind in kinds.items() if kind == "bytes"}
    line = 1
    for chunk in _chunks(file):
        if len(chunk) > largest_row():
            raise too_large(f"file {file}, line {line}: a row that begins there")
        if chunk.strip():
            _check_utf8(file, line, chunk)
            yield line, _table(file, line, chunk, as_text)
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


def _table(file: LocalFile, line: int, chunk: bytes, as_text: Set[str]) -> pa.Table:
    try:
        table = _parsed(chunk)
        if not any(_is_rounded(field) for field in table.schema if field.name in as_text):
            return table
    except pa.ArrowInvalid as error:
        if not as_text:
            raise DataError(_message(file, line, chunk, error)) from error
    try:
        return _parsed(_quoted(chunk, as_text))
    except ValueError as error:
        raise DataError(_message(file, line, chunk, error)) from error


def _parsed(chunk: bytes) -> pa.Table:
    explicit: dict[str, pa.DataType] = {}
    while True:
        table = arrow_json.read_json(
            io.BytesIO(chunk),
            arrow_json.ReadOptions(use_threads=False, block_size=len(chunk) + 1),
            arrow_json.ParseOptions(explicit_schema=pa.schema(list(explicit.items())) if explicit else None),
        )
        found = {field.name: _with_text(field.type) for field in table.schema}
        dated = {field.name: found[field.name] for field in table.schema if found[field.name] != field.type}
        if not dated:
            return table
        explicit |= dated


def _is_rounded(field: pa.Field) -> bool:
    """Whether the column's values are no more as they were written."""
    return pa.types.is_floating(field.type.value_type if pa.types.is_list(field.type) else field.type)


def _quoted(chunk: bytes, columns: Set[str]) -> bytes:
    """Returns the lines with the numbers, true and false of these columns as texts."""
    depth, column = 0, ""

    def token(found: re.Match[bytes]) -> bytes:
        nonlocal depth, column
        text, colon, value = found[0], found[2], found[3]
        if text in b"{}":
            depth += 1 if text == b"{" else -1
        elif colon and depth == 1:
            column = json.loads(found[1], strict=False)
        return b'"' + text + b'"' if value and depth == 1 and column in columns else text

    return _TOKEN.sub(token, chunk)


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
