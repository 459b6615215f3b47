"""One Parquet file."""

import collections
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from argosy.errors import DataError, StorageError, located
from argosy.ingest.features import as_batch, kind_of_type
from argosy.ingest.local_file import LocalFile
from argosy.ingest.scanned import ScannedFile

_BATCH_ROWS, _BATCH_BYTES = 10_000, 64 << 20


def scan_parquet(file: LocalFile) -> ScannedFile:
    """Returns columns, kinds and number of rows, as the file's own footer tells them.

    Raises:
        DataError: It is no Parquet file, two columns have one name, or one is of a type that a feature cannot hold.
        StorageError: It cannot be read.
    """
    with _opened(file) as opened:
        schema = opened.schema_arrow
        twice = sorted(name for name, count in collections.Counter(schema.names).items() if count > 1)
        if twice:
            raise DataError(f"two columns are named {twice[0]!r}; rename one")
        kinds = {field.name: kind_of_type(field.name, field.type) for field in schema}
        return ScannedFile(file=file.name, kinds=kinds, rows=opened.metadata.num_rows)


def read_parquet(file: LocalFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows as list columns of these kinds; a column that the file lacks is missing in all of them.

    Raises:
        DataError: A value is not of its kind, or the file is damaged.
        StorageError: It cannot be read.
    """
    with _opened(file) as opened:
        there = set(opened.schema_arrow.names)
        wanted = [name for name in kinds if name in there]
        for batch in opened.iter_batches(_batch_rows(opened.metadata), columns=wanted, use_threads=False):
            yield as_batch(dict(zip(batch.schema.names, batch.columns, strict=True)), kinds, batch.num_rows)


def _batch_rows(metadata: Any) -> int:
    """Returns how many rows to read at a time: fewer where they are large."""
    total = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    return int(max(1, min(_BATCH_ROWS, _BATCH_BYTES * metadata.num_rows // max(total, 1))))


@contextlib.contextmanager
def _opened(file: LocalFile) -> Iterator[Any]:
    with located(file=file.name):
        try:
            with parquet.ParquetFile(str(file.path), page_checksum_verification=True) as opened:
                yield opened
        except (pa.ArrowInvalid, OSError) as error:
            # Of what is wrong inside a file Arrow says as little as of a disk's failure, but that it has no number.
            if getattr(error, "errno", None) is not None:
                raise StorageError(f"cannot be read: {error}") from error
            if "Expected all lists to be of size" in str(error):
                raise DataError(
                    "a list of a fixed size is missing in some row, which Arrow writes and cannot read; write the "
                    "column as lists of any size"
                ) from error
            raise DataError(f"cannot be read as Parquet ({error}); it is damaged, or of another format") from error
