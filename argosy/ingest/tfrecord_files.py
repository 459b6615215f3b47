"""One TFRecord file of tf.Examples or tf.SequenceExamples, taken as they are."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from argosy.errors import DataError, located
from argosy.examples.payload import TF_EXAMPLE, TF_SEQUENCE_EXAMPLE
from argosy.examples.progress import RowProgress
from argosy.examples.read import RAW_RECORD, read_file
from argosy.ingest.local_file import LocalFile
from argosy.ingest.scanned import ScannedFile, wider_kind

_VALUES = {"int": pa.int64(), "float": pa.float32(), "bytes": pa.binary()}
_TYPES = (
    {"null": pa.null(), "lists of null": pa.list_(pa.null())}
    | {kind: pa.list_(value) for kind, value in _VALUES.items()}
    | {f"lists of {kind}": pa.list_(pa.list_(value)) for kind, value in _VALUES.items()}
)
_KINDS = {of_kind: kind for kind, of_kind in _TYPES.items()}


def scan_tfrecord(file: LocalFile, payload_format: str = TF_EXAMPLE) -> ScannedFile:
    """Returns features, kinds and number of records of a file, all of which is read.

    Raises:
        DataError: It is damaged, no file of such records, or a feature has two kinds.
        StorageError: It cannot be read.
    """
    kinds: dict[str, str] = {}
    progress = RowProgress(f"typing {file}")
    for batch in read_file(str(file.path), payload_format=payload_format):
        for field in batch.schema:
            kind = _KINDS[field.type]
            before = kinds.setdefault(field.name, kind)
            wider = kind if kind == before else wider_kind(before, kind, numbers=False)
            if wider is None:
                raise DataError(
                    f"file {file}: feature {field.name!r} is {before} and, from record {progress.rows} on, {kind}; "
                    "give it one type"
                )
            kinds[field.name] = wider
        progress.add(batch.num_rows)
    return ScannedFile(file=file.name, kinds=kinds, rows=progress.rows)


def read_tfrecord(
    file: LocalFile, kinds: Mapping[str, str], payload_format: str = TF_EXAMPLE, *, with_raw: bool = False
) -> Iterator[pa.RecordBatch]:
    """Yields the records as columns of these kinds; with `with_raw` the column `__raw_record__` comes last.

    Raises:
        DataError: As `scan_tfrecord`, or a feature is to be of another kind than it is.
        StorageError: It cannot be read.
    """
    found = read_file(str(file.path), columns=list(kinds), payload_format=payload_format, with_raw=with_raw)
    for batch in found:
        columns = []
        for (name, kind), column in zip(kinds.items(), batch.columns[: len(kinds)], strict=True):
            with located(file=file.name, feature=repr(name)):
                columns.append(_of_kind(column, kind))
        raw = [RAW_RECORD] if with_raw else []
        yield pa.RecordBatch.from_arrays([*columns, *batch.select(raw).columns], names=[*kinds, *raw])


def scan_sequences(file: LocalFile) -> ScannedFile:
    """Returns the same of a file of tf.SequenceExamples; a feature list is of the kind `lists of ...`."""
    return scan_tfrecord(file, TF_SEQUENCE_EXAMPLE)


def read_sequences(file: LocalFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows of such a file."""
    return read_tfrecord(file, kinds, TF_SEQUENCE_EXAMPLE)


def _of_kind(column: pa.Array, kind: str) -> pa.Array:
    found = _KINDS[column.type]
    if found == kind:
        return column
    if wider_kind(found, kind) != kind:
        raise DataError(f"is {found}, not {kind}; give it its own type")
    return pa.nulls(len(column), _TYPES[kind]) if found == "null" else column.cast(_TYPES[kind], safe=False)
