"""One Parquet file."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from argosy.errors import DataError, StorageError, located
from argosy.ingest.features import as_batch, kind_of_type
from argosy.ingest.local_file import LocalFile
from argosy.ingest.scanned import ScannedFile

_BATCH_ROWS = 10_000


def scan_parquet(file: LocalFile) -> ScannedFile:
    """Returns columns, kinds and number of rows, as the file's own footer tells them.

    Raises:
        DataError: It is no Parquet file, two columns have one name, or one is of a type that a feature cannot hold.
        StorageError: It cannot be read.
    """
    with _opened(file) as opened:
        schema = opened.schema_arrow
        twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
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
        wanted = [name for name in kinds if name in opened.schema_arrow.names]
        for batch in opened.iter_batches(_BATCH_ROWS, columns=wanted, use_threads=False):
            yield as_batch(dict(zip(batch.schema.names, batch.columns, strict=True)), kinds, batch.num_rows)


@contextlib.contextmanager
def _opened(file: LocalFile) -> Iterator[Any]:
    with located(file=file.name):
        try:
            with parquet.ParquetFile(str(file.path)) as opened:
                yield opened
        except pa.ArrowInvalid as error:
            raise DataError(f"cannot be read as Parquet ({error}); it is damaged, or of another format") from error
        except OSError as error:
            raise StorageError(f"cannot be read: {error}") from error
