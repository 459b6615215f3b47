"""One TFRecord file of tf.Examples, taken as they are."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from argosy.errors import DataError, located
from argosy.examples.read import RAW_RECORD, read_file
from argosy.ingest.local_file import LocalFile
from argosy.ingest.scanned import ScannedFile

_KINDS = {pa.int64(): "int", pa.float32(): "float", pa.binary(): "bytes"}


def scan_tfrecord(file: LocalFile) -> ScannedFile:
    """Returns features, kinds and number of records of a file, all of which is read.

    Raises:
        DataError: It is damaged, no file of tf.Examples, or a feature has two kinds.
        StorageError: It cannot be read.
    """
    kinds: dict[str, str] = {}
    rows = 0
    for batch in read_file(str(file.path)):
        for field in batch.schema:
            kind = "null" if pa.types.is_null(field.type) else _KINDS[field.type.value_type]
            before = kinds.setdefault(field.name, kind)
            if before == "null":
                kinds[field.name] = kind
            elif kind not in ("null", before):
                raise DataError(
                    f"file {file}: feature {field.name!r} is {before} and, from record {rows} on, {kind}; "
                    "give it one type"
                )
        rows += batch.num_rows
    return ScannedFile(file=file.name, kinds=kinds, rows=rows)


def read_tfrecord(file: LocalFile, kinds: Mapping[str, str], *, with_raw: bool = False) -> Iterator[pa.RecordBatch]:
    """Yields the records as list columns of these kinds; with `with_raw` the column `__raw_record__` comes last.

    Raises:
        DataError: As `scan_tfrecord`, or a feature is to be of another kind than it is.
        StorageError: It cannot be read.
    """
    types = {kind: pa.list_(value) for value, kind in _KINDS.items()}
    for batch in read_file(str(file.path), columns=list(kinds), with_raw=with_raw):
        columns = []
        for (name, kind), column in zip(kinds.items(), batch.columns[: len(kinds)], strict=True):
            if pa.types.is_null(column.type):
                columns.append(column if kind == "null" else pa.nulls(len(column), types[kind]))
                continue
            with located(file=file.name, feature=repr(name)):
                if column.type != types[kind] and not (kind == "float" and column.type == types["int"]):
                    raise DataError(f"is {_KINDS[column.type.value_type]}, not {kind}; give it its own type")
                columns.append(column.cast(types[kind], safe=False))
        raw = [RAW_RECORD] if with_raw else []
        yield pa.RecordBatch.from_arrays([*columns, *batch.select(raw).columns], names=[*kinds, *raw])
