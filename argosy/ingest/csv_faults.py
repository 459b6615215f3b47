"""What is wrong with a CSV file, and in which line: looked for only when something is, by Python's own slow reader."""

import contextlib
import csv
import io
import sys
from collections.abc import Generator, Iterable
from itertools import chain
from typing import BinaryIO

import pyarrow as pa

from argosy.errors import DataError
from argosy.ingest.csv_options import CsvOptions
from argosy.ingest.csv_types import typed

_CHUNK = 1 << 20
_SHOWN = 60
_END = "\x00end"


def find_fault(file: str, raw: BinaryIO, columns: int, message: str, options: CsvOptions) -> DataError:
    """Returns the error for a file that could not be read.

    Args:
        file: Its name, for the message.
        raw: The file, open; it is closed.
        columns: Number of columns of its header; 0 when that is what could not be read.
        message: What the reader said, for want of something better.
        options: How it is written.
    """
    with raw:
        return (
            _not_utf8(file, raw)
            or (_ragged(file, raw, columns, options) if columns else None)
            or DataError(f"file {file} cannot be read as CSV: {message}; mend it, or leave it out by a pattern")
        )


def find_open_quote(raw: BinaryIO, options: CsvOptions) -> int | None:
    """Returns the line of the row in which a quote is opened that the file never closes; None when there is none."""
    quote = options.quote.encode()
    with raw:
        if sum(chunk.count(quote) for chunk in iter(lambda: raw.read(_CHUNK), b"")) % 2 == 0:
            return None
        raw.seek(0)
        for line, row in _numbered_rows(raw, options, after=["\n", _END]):
            last = line if row != [_END] else None
    return last


def find_misfit(file: str, raw: BinaryIO, column: tuple[int, str, str], options: CsvOptions) -> DataError | None:
    """Returns the error for the first cell that is not what it is to be read as; None when there is none.

    Args:
        file: Its name, for the message.
        raw: The file, open; it is closed.
        column: Index, name and kind of the column.
        options: How it is written.
    """
    index, name, kind = column
    with raw, contextlib.closing(_numbered_rows(raw, options)) as rows:
        if not options.names:
            next(rows, None)
        for line, row in rows:
            cell = row[index] if index < len(row) else ""
            if cell not in options.null_tokens and typed(pa.array([cell]), kind) is None:
                wanted = "float, of 32 bits" if kind == "float" else kind
                return DataError(
                    f"file {file}, line {line}, column {name!r}: {cell[:_SHOWN]!r} is not of type {wanted}; mend it, "
                    "give the column another type, or, if somebody has just written the file, run the step again"
                )
    return None


def _not_utf8(file: str, raw: BinaryIO) -> DataError | None:
    raw.seek(0)
    for number, line in enumerate(raw, 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            return DataError(
                f"file {file}, line {number}: not UTF-8, byte {error.object[error.start]:#04x} at position "
                f"{error.start + 1}; save the file as UTF-8"
            )
    return None


def _ragged(file: str, raw: BinaryIO, columns: int, options: CsvOptions) -> DataError | None:
    raw.seek(0)
    with contextlib.closing(_numbered_rows(raw, options)) as rows:
        line, row = next(((line, row) for line, row in rows if row and len(row) != columns), (0, []))
    if not row:
        return None
    shown = ",".join(row)
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
    return DataError(
        f"file {file}, line {line}: {len(row)} value{'s' * (len(row) > 1)} where the header has {columns}: {shown!r}; "
        "mend the line, or quote the value that has a comma or a line break"
    )


def _numbered_rows(
    raw: BinaryIO, options: CsvOptions, after: Iterable[str] = ()
) -> Generator[tuple[int, list[str]], None, None]:
    """Yields each row with the number, from 1, of the line where it starts."""
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    reader = csv.reader(chain(text, after), **options.dialect)
    line = 1
    limit = csv.field_size_limit(sys.maxsize)
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    finally:
        csv.field_size_limit(limit)
        text.detach()
