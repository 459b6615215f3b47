"""A CSV file read once: the first rows suggest the types, and the reader finds out whether they hold to the end."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from argosy.errors import UnsettledTypesError
from argosy.ingest.csv_blocks import TEXT, Unfit, read_blocks
from argosy.ingest.csv_files import check_names
from argosy.ingest.csv_header import CsvFile, read_header
from argosy.ingest.csv_types import kind_of, listed, may_hide_identifiers
from argosy.ingest.scanned import ScannedFile

_SAMPLE_BYTES, _LOOKED_AT = 1 << 20, 2000


def sample_csv(file: CsvFile) -> ScannedFile:
    """Returns what the first rows suggest: no column is of a narrower kind, some may be of one that comes later.

    Raises:
        DataError: As `scan_csv`, as far as it is seen.
        StorageError: The file cannot be read.
    """
    names, _ = read_header(file)
    first, _ = next(read_blocks(file, [TEXT] * len(names), block=_SAMPLE_BYTES), (None, None))
    if first is None:
        return ScannedFile(file=file.name, kinds=dict.fromkeys(names, "null"), rows=0, text=True)
    some = first.take(pa.array(range(0, first.num_rows, 1 + first.num_rows // _LOOKED_AT)))
    kinds = {name: kind_of(column, "null") for name, column in zip(names, some.columns, strict=True)}
    return ScannedFile(file=file.name, kinds=kinds, rows=first.num_rows, text=True)


def read_sampled_csv(file: CsvFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a file as `read_csv` does, as long as no column turns out to be of a later kind.

    Raises:
        UnsettledTypesError: One is, or may be.
        DataError: As `scan_csv`.
        StorageError: The file cannot be read.
    """
    check_names(file, kinds)
    try:
        for batch, seen in read_blocks(file, [TEXT if kind == "null" else kind for kind in kinds.values()]):
            for name, column in zip(kinds, batch.columns, strict=True):
                if not _holds(column, kinds[name], seen.hexadecimal):
                    raise _unsettled(file, name, kinds[name])
            columns = [
                pa.nulls(batch.num_rows) if kind == "null" else listed(column)
                for kind, column in zip(kinds.values(), batch.columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, names=list(kinds))
    except Unfit as unfit:
        name, kind = list(kinds.items())[unfit.args[0]]
        raise _unsettled(file, name, kind) from unfit


def _holds(column: pa.Array, kind: str, hexadecimal: bool) -> bool:
    """Whether a column that could be read as this kind is of it."""
    if kind == "null":
        return column.null_count == len(column)
    return not (kind == "int" and hexadecimal) and not (kind == "float" and may_hide_identifiers(column))


def _unsettled(file: CsvFile, name: str, kind: str) -> UnsettledTypesError:
    return UnsettledTypesError(f"file {file}, column {name!r}: the first rows say {kind}, a later one says otherwise")
