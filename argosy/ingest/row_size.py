"""How large a row may be: a step holds a few of them in memory, several times over."""

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from argosy.errors import DataError
from argosy.examples import tfrecord


def largest_row() -> int:
    """Returns the most bytes of a row, which are those of a record of a TFRecord file."""
    return tfrecord.LARGEST_RECORD


def too_large(where: str) -> DataError:
    """Returns the error for a row, or a value, that is larger."""
    return DataError(f"{where} has more than {largest_row():,} bytes; {tfrecord.LARGE_REMEDY}")


def check_values(batch: pa.RecordBatch, file: str, first_row: int) -> None:
    """Returns if no list of the batch's columns has a larger value.

    Raises:
        DataError: One has; the message names file, row (from 1) and column.
    """
    if batch.nbytes <= largest_row():
        return
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_list(column.type) and pa.types.is_binary(column.type.value_type):
            large = pc.greater(pc.binary_length(column.flatten()), largest_row())
            if pc.any(large).as_py():
                row = pc.list_parent_indices(column)[pc.index(large, True).as_py()].as_py()
                raise too_large(f"file {file}, row {first_row + row + 1}, column {name!r}: a value that")


def find_long_row(raw: BinaryIO, quote: bytes) -> int | None:
    """Returns the line, from 1, where the first row begins that is larger, held in memory no further; None without one.

    Args:
        raw: A file of text lines, open at its start; it is closed.
        quote: What surrounds values that may have line breaks in them; empty: nothing does.
    """
    line, start, size, quotes = 1, 1, 0, 0
    with raw:
        while part := raw.readline(1 << 20):
            size += len(part)
            quotes += part.count(quote) if quote else 0
            if size > largest_row():
                return start
            if part.endswith(b"\n"):
                line += 1
                if quotes % 2 == 0:
                    start, size = line, 0
    return None
