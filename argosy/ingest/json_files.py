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
from argosy.ingest.features import as_batch, wider_kinds
from argosy.ingest.local_file import LocalFile
from argosy.ingest.row_size import largest_row, too_large
from argosy.ingest.scanned import ScannedFile

_CHUNK = 4 << 20
_ROW = re.compile(r"row (\d+)")
_TEXT = rb'"(?:[^"\\]|\\.)*"'
_NUMBER = rb"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|-?Inf(?:inity)?|NaN|true|false"
_ITEM = re.compile(rb"%b|(%b)" % (_TEXT, _NUMBER))


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
            kinds = wider_kinds(kinds, table.schema, given)
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
            table = _table(file, line, chunk, as_text)
            _check_lists(file, line, table)
            yield line, table
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


def _check_lists(file: LocalFile, line: int, table: pa.Table) -> None:
    for field in table.schema:
        if pa.types.is_list(field.type):
            try:
                table.column(field.name).validate()
            except pa.ArrowInvalid as error:
                # What Arrow makes of a list of texts that begins with a null, where it is the first.
                raise DataError(
                    f"file {file}, from line {line}: column {field.name!r} has a null inside a list; leave it out"
                ) from error


def _table(file: LocalFile, line: int, chunk: bytes, as_text: Set[str]) -> pa.Table:
    try:
        table = _parsed(chunk)
        rounded = _rounded(table, as_text)
    except pa.ArrowInvalid as error:
        if not as_text:
            raise DataError(_message(file, line, chunk, error)) from error
        rounded = as_text
    if not rounded:
        return table
    try:
        table = _parsed(_quoted(chunk, as_text))
    except pa.ArrowInvalid as error:
        raise DataError(_message(file, line, chunk, error)) from error
    if rounded := _rounded(table, as_text):
        raise DataError(
            f"file {file}, from line {line}: column {min(rounded)!r} has numbers where types says bytes; write its key "
            "without escapes, or its values as texts"
        )
    return table


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


def _rounded(table: pa.Table, columns: Set[str]) -> Set[str]:
    """Returns which of the columns hold their values no more as they were written."""
    types = {field.name: field.type for field in table.schema if field.name in columns}
    return {name for name, of in types.items() if pa.types.is_floating(of.value_type if pa.types.is_list(of) else of)}


def _quoted(chunk: bytes, columns: Set[str]) -> bytes:
    """Returns the lines with the numbers, true and false of these columns as texts."""
    spelled = {json.dumps(name, ensure_ascii=ascii_).encode() for name in columns for ascii_ in (True, False)}
    # A quote that is not escaped, before a key's own letters, can only be the one that opens the key.
    value = re.compile(
        rb"(?<!\\)((?:%b)\s*:\s*)(?:(%b)|(\[(?:%b|[^\]\"])*\]))" % (b"|".join(map(re.escape, spelled)), _NUMBER, _TEXT)
    )
    return value.sub(lambda found: found[1] + (_item(found, 2) if found[2] else _ITEM.sub(_item, found[3])), chunk)


def _item(found: re.Match[bytes], group: int = 1) -> bytes:
    """Returns a number as a text, and what is none as it is."""
    return b'"%b"' % found[group] if found[group] else found[0]


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
