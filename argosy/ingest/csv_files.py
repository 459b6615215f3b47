"""One CSV file: its header, the types of its columns, its rows as batches.

UTF-8 (a byte order mark is skipped), lines that end in LF or CRLF, line breaks inside quotes; the first line that is
not blank is the header, unless names are given; blank lines are skipped. `csv_options` says what else can differ.
"""

import collections
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa
from pyarrow import csv as arrow_csv

from argosy.errors import DataError, StorageError
from argosy.ingest.csv_faults import find_fault, find_misfit, find_open_quote
from argosy.ingest.csv_options import CsvOptions
from argosy.ingest.csv_types import kind_of, listed, may_hide_identifiers, typed
from argosy.ingest.local_file import LocalFile
from argosy.ingest.row_size import find_long_row, largest_row, too_large
from argosy.ingest.scanned import ScannedFile

_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"
_TEXT = "text"
_READ_AS = {_TEXT: pa.string(), "null": pa.string(), "bytes": pa.string(), "int": pa.int64(), "float": pa.float32()}
_RESTARTS = 3
_SAMPLE = 2000
_HEX = re.compile(rb"0[xX](?<![0-9A-Za-z_]..)")


class CsvFile(NamedTuple):
    """A file and how it is written. Its text is the file's name."""

    name: str
    path: Path
    options: CsvOptions = CsvOptions()

    def __str__(self) -> str:
        return self.name


def csv_file(file: LocalFile, options: CsvOptions) -> CsvFile:
    """Returns a local file as a CSV file."""
    return CsvFile(file.name, file.path, options)


def scan_csv(file: CsvFile) -> ScannedFile:
    """Returns columns, types and number of rows of a file, all of which is read.

    Raises:
        DataError: It is empty, has no usable header, or a line that is wrong; the message says which.
        StorageError: It cannot be read.
    """
    names, _ = read_header(file)
    kinds, rows = _kinds(file, len(names))
    if file.options.quote and (line := find_open_quote(_open(file), file.options)) is not None:
        raise DataError(f'file {file}, line {line}: a quote is opened and never closed; close it, or double it: ""')
    return ScannedFile(file=file.name, kinds=dict(zip(names, kinds, strict=True)), rows=rows, text=True)


def read_csv(file: CsvFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a file that has been scanned, as list columns; a column of kind null has type null.

    Raises:
        DataError: A value is not of the kind that was asked for, or the file not what it was when it was scanned.
        StorageError: It cannot be read.
    """
    names, _ = read_header(file)
    if list(names) != list(kinds):
        raise _changed(file)
    rows = 0
    try:
        for batch in _batches(file, list(kinds.values())):
            columns = [
                typed(column, kind) if kind == "null" else listed(column)
                for kind, column in zip(kinds.values(), batch.columns, strict=True)
            ]
            rows += batch.num_rows
            yield _whole(file, kinds, columns)
        return
    except _Unfit:
        # There are more ways to write a number than Arrow's reader takes.
        rest = _batches(file, [_TEXT] * len(names), skip=rows)
    for batch in rest:
        yield _whole(file, kinds, [typed(c, kind) for c, kind in zip(batch.columns, kinds.values(), strict=True)])


def read_header(file: CsvFile) -> tuple[tuple[str, ...], int]:
    """Returns the names of the columns, and where in the file the rows start.

    Raises:
        DataError: The file is empty, the header is not UTF-8, or has a column without a name or a name twice.
        StorageError: It cannot be read.
    """
    with _open(file) as raw:
        start = len(_BOM) if raw.read(len(_BOM)) == _BOM else 0
        if file.options.names:
            _check_names(file, file.options.names)
            return file.options.names, start
        raw.seek(start)
        lines = _CountedLines(file.name, raw)
        try:
            names = next((tuple(row) for row in csv.reader(lines, strict=True, **file.options.dialect) if row), None)
        except UnicodeDecodeError as error:
            raise find_fault(file.name, _open(file), 0, str(error), file.options) from error
        except csv.Error as error:
            raise DataError(
                f"file {file}: the header cannot be read ({error}); mend its quotes and line ends"
            ) from error
    if names is None:
        raise DataError(f"file {file} is empty; each file needs a header line and rows: add them, or remove the file")
    _check_names(file, names)
    return names, start + lines.read


def _check_names(file: CsvFile, names: Sequence[str]) -> None:
    twice = sorted(name for name, count in collections.Counter(names).items() if count > 1)
    if twice and twice != [""]:
        raise DataError(f"file {file}, line 1: two columns are named {twice[-1]!r}; rename one")
    if any("\0" in name for name in names):
        raise DataError(f"file {file}, line 1: the header has a NUL byte; save the file as UTF-8 text")
    if "" in names:
        raise DataError(
            f"file {file}, line 1: column {names.index('') + 1} has no name; name it, or write the file without its "
            "index column (pandas: index=False)"
        )


class _Unfit(Exception):  # noqa: N818
    """A column's values are not all of the type that it was to be read as; its argument is the column's index."""


def _kinds(file: CsvFile, width: int) -> tuple[list[str], int]:
    """Returns the kind of each column, and the number of rows.

    Columns are read as what their first rows are, which is quick and mostly holds to the end. Those that turn out to be
    something else are read as text and tried, batch by batch.
    """
    sample = next(_batches(file, [_TEXT] * width), None)
    if sample is None:
        return ["null"] * width, 0
    guessed = [kind_of(column, "null") for column in sample.slice(0, _SAMPLE).columns]
    hexadecimal = "int" in guessed and _has_hexadecimal(file)
    reads = [_TEXT if kind == "null" or (kind == "int" and hexadecimal) else kind for kind in guessed]
    for _ in range(_RESTARTS):
        try:
            return _settled(file, reads)
        except _Unfit as unfit:
            reads = [_TEXT if index in (unfit.args or range(width)) else read for index, read in enumerate(reads)]
    return _settled(file, [_TEXT] * width)


def _settled(file: CsvFile, reads: list[str]) -> tuple[list[str], int]:
    kinds = ["null" if read == _TEXT else read for read in reads]
    rows = 0
    for batch in _batches(file, reads):
        rows += batch.num_rows
        for index, column in enumerate(batch.columns):
            if reads[index] == _TEXT:
                kinds[index] = kind_of(column, kinds[index])
            elif reads[index] == "float" and may_hide_identifiers(column):
                raise _Unfit(index)
    return kinds, rows


def _has_hexadecimal(file: CsvFile) -> bool:
    """Whether 0x stands anywhere in the file: Arrow reads it as a number, which is an identifier here."""
    with _open(file) as raw:
        last = b""
        while chunk := raw.read(_BLOCK):
            if _HEX.search(last + chunk):
                return True
            last = chunk[-2:]
    return False


def _batches(file: CsvFile, reads: Sequence[str], skip: int = 0) -> Iterator[pa.RecordBatch]:
    """Yields the rows behind the first `skip`; blocks grow where a single row is larger than one.

    Raises:
        _Unfit: A column does not hold what it was to be read as.
    """
    _, start = read_header(file)
    block, rows = _BLOCK, skip
    while True:
        try:
            skip = rows
            for batch in _read_blocks(file, reads, start, block):
                fresh = batch.slice(min(skip, batch.num_rows))
                skip -= batch.num_rows - fresh.num_rows
                rows += fresh.num_rows
                if fresh.num_rows:
                    yield fresh
            return
        except pa.ArrowInvalid as error:
            column = re.search(r"CSV column #(\d+):.* conversion error", str(error))
            if column and _READ_AS[reads[int(column[1])]] != pa.string():
                raise _Unfit(int(column[1])) from error
            if "straddl" not in str(error):
                raise find_fault(file.name, _open(file), len(reads), str(error), file.options) from error
            if block >= largest_row():
                line = find_long_row(_open(file), file.options.quote.encode())
                raise too_large(f"file {file}, line {line}: a row that begins there") from error
            block = min(block * 8, largest_row())


def _read_blocks(file: CsvFile, reads: Sequence[str], start: int, block: int) -> Iterator[pa.RecordBatch]:
    numbered = [str(index) for index in range(len(reads))]
    with _open(file) as raw:
        raw.seek(start)
        if not _skip_blank(raw, block):
            return
        with arrow_csv.open_csv(
            pa.PythonFile(_WholeLineEnds(raw), mode="r"),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=block, column_names=numbered),
            parse_options=arrow_csv.ParseOptions(
                delimiter=file.options.delimiter, quote_char=file.options.quote or False, newlines_in_values=True
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: _READ_AS[read] for name, read in zip(numbered, reads, strict=True)},
                null_values=list(file.options.null_tokens),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        ) as reader:
            yield from reader


def _whole(file: CsvFile, kinds: Mapping[str, str], columns: Sequence[pa.Array | None]) -> pa.RecordBatch:
    for index, (kind, column) in enumerate(zip(kinds.values(), columns, strict=True)):
        if column is None:
            raise find_misfit(file.name, _open(file), (index, list(kinds)[index], kind), file.options) or _changed(file)
    return pa.RecordBatch.from_arrays(list(columns), names=list(kinds))


def _skip_blank(raw: BinaryIO, block: int) -> bool:
    """Skips blocks of blank lines only, which Arrow takes for an empty file; returns whether something else follows."""
    while chunk := raw.read(block):
        if chunk.strip(b"\r\n"):
            raw.seek(-len(chunk), io.SEEK_CUR)
            return True
    return False


def _changed(file: CsvFile) -> DataError:
    return DataError(f"file {file} has changed while it was read; run the step again when nobody writes to it")


class _CountedLines:
    """The lines of a file as text, and how many bytes of it have been read."""

    def __init__(self, name: str, raw: BinaryIO) -> None:
        self._name, self._raw = name, raw
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._raw.readline(largest_row()):
            self.read += len(line)
            if self.read >= largest_row():
                raise too_large(f"file {self._name}, line 1: a header that begins there")
            yield line.decode()


class _WholeLineEnds:
    """A file whose blocks never end between CR and LF, where Arrow drops the LF, inside quotes too."""

    closed = False

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    def read(self, size: int) -> bytes:
        block = self._raw.read(size)
        if len(block) > 1 and block.endswith(b"\r"):
            self._raw.seek(-1, io.SEEK_CUR)
            return block[:-1]
        return block


def _open(file: CsvFile) -> BinaryIO:
    try:
        return file.path.open("rb")
    except OSError as error:
        raise StorageError(f"cannot read {file}: {error}") from error
