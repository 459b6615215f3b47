"""The rows of a CSV file, block by block, as Arrow's reader gives them."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from argosy.errors import DataError
from argosy.ingest.csv_faults import find_fault, find_open_quote
from argosy.ingest.csv_header import CsvFile, open_csv, read_header
from argosy.ingest.row_size import find_long_row, largest_row, too_large

TEXT = "text"
_BLOCK = 4 << 20
_READ_AS = {TEXT: pa.string(), "null": pa.string(), "bytes": pa.string(), "int": pa.int64(), "float": pa.float32()}
_IN_WORDS = np.array([chr(byte).isalnum() or chr(byte) == "_" for byte in range(128)] + [False] * 128)


class Unfit(Exception):  # noqa: N818
    """Columns' values are not all of the types that they were to be read as; its arguments are the columns' indices."""


class Seen:
    """What the bytes of a file tell and its rows don't.

    Attributes:
        hexadecimal: Whether a value may begin with 0x: Arrow takes 0x1F for a number, which is an identifier here.
        open_quote: Whether a quote is open: Arrow closes it where the file ends.
    """

    def __init__(self) -> None:
        self.hexadecimal = self.open_quote = False
        self._last = b"\n\n"

    def see(self, block: bytes, quote: bytes) -> None:
        """Looks at the next bytes."""
        if quote and quote in block and block.count(quote) % 2:
            self.open_quote = not self.open_quote
        self.hexadecimal = self.hexadecimal or _has_hexadecimal(self._last + block[:2]) or _has_hexadecimal(block)
        self._last = (self._last + block[-2:])[-2:]


def read_blocks(
    file: CsvFile, reads: Sequence[str], *, skip: int = 0, block: int = 0
) -> Iterator[tuple[pa.RecordBatch, Seen]]:
    """Yields the rows behind the first `skip`, with what has been seen so far.

    Args:
        file: The file.
        reads: What each column is to be read as: a kind, or `TEXT`.
        skip: How many rows to leave out.
        block: Bytes a batch, more where a single row is larger; 0: what serves speed.

    Raises:
        Unfit: A column does not hold what it was to be read as.
        DataError: A line is wrong, or a quote is never closed.
        StorageError: The file cannot be read.
    """
    _, start = read_header(file)
    block, rows = block or _BLOCK, skip
    while True:
        try:
            skip = rows
            for batch, seen in _arrow_batches(file, reads, start, block):
                fresh = batch.slice(min(skip, batch.num_rows))
                skip -= batch.num_rows - fresh.num_rows
                rows += fresh.num_rows
                if fresh.num_rows:
                    yield fresh, seen
            return
        except pa.ArrowInvalid as error:
            column = re.search(r"CSV column #(\d+):.* conversion error", str(error))
            if column and _READ_AS[reads[int(column[1])]] != pa.string():
                raise Unfit(int(column[1])) from error
            if "straddl" not in str(error):
                raise find_fault(file.name, open_csv(file), len(reads), str(error), file.options) from error
            if block >= largest_row():
                line = find_long_row(open_csv(file), file.options.quote.encode())
                raise too_large(f"file {file}, line {line}: a row that begins there") from error
            block = min(block * 8, largest_row())


def _arrow_batches(
    file: CsvFile, reads: Sequence[str], start: int, block: int
) -> Iterator[tuple[pa.RecordBatch, Seen]]:
    numbered = [str(index) for index in range(len(reads))]
    seen = Seen()
    with open_csv(file) as raw:
        raw.seek(start)
        if not _skip_blank(raw, block):
            return
        with arrow_csv.open_csv(
            pa.PythonFile(_WholeLineEnds(raw, seen, file.options.quote.encode()), mode="r"),
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
            for batch in reader:
                yield batch, seen
    if seen.open_quote and (line := find_open_quote(open_csv(file), file.options)) is not None:
        raise DataError(f'file {file}, line {line}: a quote is opened and never closed; close it, or double it: ""')


def _has_hexadecimal(text: bytes) -> bool:
    """Whether 0x stands somewhere behind a byte that is of no word."""
    if b"x" not in text and b"X" not in text:
        return False
    letters = np.frombuffer(text, np.uint8)
    x = 2 + np.flatnonzero((letters[2:] | 32) == ord("x"))
    return not _IN_WORDS[letters[x[letters[x - 1] == ord("0")] - 2]].all()


def _skip_blank(raw: BinaryIO, block: int) -> bool:
    """Skips blocks of blank lines only, which Arrow takes for an empty file; returns whether something else follows."""
    while chunk := raw.read(block):
        if chunk.strip(b"\r\n"):
            raw.seek(-len(chunk), io.SEEK_CUR)
            return True
    return False


class _WholeLineEnds:
    """A file whose blocks never end between CR and LF, where Arrow drops the LF, inside quotes too."""

    closed = False

    def __init__(self, raw: BinaryIO, seen: Seen, quote: bytes) -> None:
        self._raw, self._seen, self._quote = raw, seen, quote

    def read(self, size: int) -> bytes:
        block = self._raw.read(size)
        if len(block) > 1 and block.endswith(b"\r"):
            self._raw.seek(-1, io.SEEK_CUR)
            block = block[:-1]
        self._seen.see(block, self._quote)
        return block
