"""One CSV file: its header, the types of its columns, its rows as batches.

UTF-8 (a byte order mark is skipped), lines that end in LF or CRLF, line breaks inside quotes; the first line that is
not blank is the header, unless names are given; blank lines are skipped. `csv_options` says what else can differ.
"""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from argosy.errors import DataError
from argosy.examples.progress import RowProgress
from argosy.ingest.csv_blocks import TEXT, Unfit, read_blocks
from argosy.ingest.csv_faults import find_misfit
from argosy.ingest.csv_header import CsvFile, open_csv, read_header
from argosy.ingest.csv_types import has_infinity, kind_of, listed, may_hide_identifiers, typed
from argosy.ingest.scanned import ScannedFile

_RESTARTS = 3
_SAMPLE = 2000


def scan_csv(file: CsvFile) -> ScannedFile:
    """Returns columns, types and number of rows of a file, all of which is read.

    Raises:
        DataError: It is empty, has no usable header, or a line that is wrong; the message says which.
        StorageError: It cannot be read.
    """
    names, _ = read_header(file)
    kinds, rows = _kinds(file, len(names))
    return ScannedFile(file=file.name, kinds=dict(zip(names, kinds, strict=True)), rows=rows, text=True)


def read_csv(file: CsvFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a file that has been scanned, as list columns; a column of kind null has type null.

    Raises:
        DataError: A value is not of the kind that was asked for, or the file not what it was when it was scanned.
        StorageError: It cannot be read.
    """
    check_names(file, kinds)
    rows = 0
    try:
        for batch, _ in read_blocks(file, list(kinds.values())):
            if any(kind == "float" and has_infinity(batch.column(i)) for i, kind in enumerate(kinds.values())):
                raise Unfit
            columns = [
                typed(column, kind) if kind == "null" else listed(column)
                for kind, column in zip(kinds.values(), batch.columns, strict=True)
            ]
            rows += batch.num_rows
            yield _whole(file, kinds, columns)
        return
    except Unfit:
        # There are more ways to write a number than Arrow's reader takes, and it takes 1e39 for an infinite one.
        rest = read_blocks(file, [TEXT] * len(kinds), skip=rows)
    for batch, _ in rest:
        yield _whole(file, kinds, [typed(c, kind) for c, kind in zip(batch.columns, kinds.values(), strict=True)])


def check_names(file: CsvFile, kinds: Mapping[str, str]) -> None:
    """Returns if these are the file's columns.

    Raises:
        DataError: They are not: somebody has written the file since.
    """
    if list(read_header(file)[0]) != list(kinds):
        raise _changed(file)


def _kinds(file: CsvFile, width: int) -> tuple[list[str], int]:
    """Returns the kind of each column, and the number of rows.

    Columns are read as what their first rows are, which is quick and mostly holds to the end. Those that turn out to be
    something else are read as text and tried, batch by batch.
    """
    sample, _ = next(read_blocks(file, [TEXT] * width), (None, None))
    if sample is None:
        return ["null"] * width, 0
    guessed = [kind_of(column, "null") for column in sample.slice(0, _SAMPLE).columns]
    reads = [TEXT if kind == "null" else kind for kind in guessed]
    for _ in range(_RESTARTS):
        try:
            return _settled(file, reads)
        except Unfit as unfit:
            reads = [TEXT if index in unfit.args else read for index, read in enumerate(reads)]
    return _settled(file, [TEXT] * width)


def _settled(file: CsvFile, reads: list[str]) -> tuple[list[str], int]:
    kinds = ["null" if read == TEXT else read for read in reads]
    progress = RowProgress(f"typing {file}")
    for batch, seen in read_blocks(file, reads):
        progress.add(batch.num_rows)
        if seen.hexadecimal and "int" in reads:
            raise Unfit(*(index for index, read in enumerate(reads) if read == "int"))
        for index, column in enumerate(batch.columns):
            if reads[index] == TEXT:
                kinds[index] = kind_of(column, kinds[index])
            elif reads[index] == "float" and may_hide_identifiers(column):
                raise Unfit(index)
    return kinds, progress.rows


def _whole(file: CsvFile, kinds: Mapping[str, str], columns: Sequence[pa.Array | None]) -> pa.RecordBatch:
    for index, (kind, column) in enumerate(zip(kinds.values(), columns, strict=True)):
        if column is None:
            misfit = find_misfit(file.name, open_csv(file), (index, list(kinds)[index], kind), file.options)
            raise misfit or _changed(file)
    return pa.RecordBatch.from_arrays(list(columns), names=list(kinds))


def _changed(file: CsvFile) -> DataError:
    return DataError(f"file {file} has changed while it was read; run the step again when nobody writes to it")
