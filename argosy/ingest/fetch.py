"""The answers of queries, kept as Parquet files for as long as they are dealt to splits.

A query is asked once, because asked again it may answer otherwise; and its columns are typed over the whole answer.
"""

import contextlib
import logging
import shutil
import uuid
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from argosy.errors import DataError, StorageError, located
from argosy.examples.progress import RowProgress
from argosy.ingest.connection import Filled, filled, is_bigquery
from argosy.ingest.features import as_feature, kind_of_type
from argosy.ingest.queries import Queries
from argosy.ingest.scanned import KINDS
from argosy.ingest.source import Source

_log = logging.getLogger("argosy.ingest")


@contextlib.contextmanager
def fetched(queries: Queries, folder: str, types: Mapping[str, str]) -> Iterator[tuple[Source, ...]]:
    """Yields the answers as files, which go away afterwards.

    Args:
        queries: What to ask.
        folder: Where the files may lie, such that the pipeline's workers see them.
        types: Kinds that a person gave to columns.

    Raises:
        ParameterError: The connection is wrong, or a driver is not installed.
        DataError: A query is refused, none gives rows, or a column is what a feature cannot hold.
        StorageError: The source cannot be reached, or the connection was lost.
    """
    place = Path(folder, f".answers-{uuid.uuid4().hex}")
    try:
        yield _fetch(queries, place, types)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _fetch(queries: Queries, place: Path, types: Mapping[str, str]) -> tuple[Source, ...]:
    opened = filled(queries.connection)
    sources, total = [], 0
    for split, query in queries.texts.items():
        with located(connection=queries.connection, split=split):
            try:
                progress = RowProgress(f"asking {queries.connection}, split {split}")
                with contextlib.closing(_batches(opened, query, types)) as batches:
                    files = _kept(batches, place / split, types, progress)
            except OSError as error:
                raise StorageError(f"cannot keep the answer in {place}: {error}; make room, or write there") from error
        _log.info("the query of split %s gives %d rows", split, progress.rows)
        sources.append(Source(split=split, base=str(place), files=files, span=queries.span))
        total += progress.rows
    if not total:
        raise DataError(f"connection {queries.connection}: the query gives no rows; mend it, or fill the tables")
    return tuple(sources)


def _batches(opened: Filled, query: str, types: Mapping[str, str]) -> Generator[pa.RecordBatch, None, None]:
    if is_bigquery(opened.url):
        from argosy.ingest.bigquery import bigquery_batches

        return bigquery_batches(opened.url, query)
    from argosy.ingest.sql import sql_batches

    return sql_batches(opened, query, types)


def _kept(
    batches: Iterator[pa.RecordBatch], folder: Path, types: Mapping[str, str], progress: RowProgress
) -> tuple[str, ...]:
    """Writes batches, and counts their rows; returns the files. A new one begins where a column's kind widens."""
    folder.mkdir(parents=True)
    kinds: dict[str, str] = {}
    files: list[str] = []
    with contextlib.ExitStack() as stack:
        writer = None
        for batch in batches:
            rows = progress.rows
            kinds = _widened(kinds, batch, types, rows)
            with located(rows=f"{rows + 1} to {rows + batch.num_rows}"):
                found = _features(batch, kinds)
            if writer is None or found.schema != writer.schema:
                stack.close()
                files.append(str(folder / f"{len(files):05d}.parquet"))
                writer = stack.enter_context(parquet.ParquetWriter(files[-1], found.schema, compression="zstd"))
            writer.write_batch(found)
            progress.add(batch.num_rows)
    if not files:
        files.append(str(folder / "00000.parquet"))
        parquet.write_table(pa.table({}), files[0])
    return tuple(files)


def _widened(kinds: Mapping[str, str], batch: pa.RecordBatch, types: Mapping[str, str], rows: int) -> dict[str, str]:
    """Returns the kinds of columns after one more batch.

    Raises:
        DataError: A column has two kinds, neither of which holds the other, or one that a feature cannot hold.
    """
    found = {}
    for field in batch.schema:
        kind, before = kind_of_type(field.name, field.type), kinds.get(field.name, "null")
        if field.name not in types and {kind, before} in ({"bytes", "int"}, {"bytes", "float"}):
            raise DataError(
                f"column {field.name!r} is {kind} in rows {rows + 1} to {rows + batch.num_rows} and {before} before; "
                "CAST it to one type in the query, or name it in types"
            )
        found[field.name] = types.get(field.name) or max(kind, before, key=KINDS.index)
    return found


def _features(batch: pa.RecordBatch, kinds: Mapping[str, str]) -> pa.RecordBatch:
    columns = [
        # What has no values yet stays as it is: an empty list is no missing value.
        column if kinds[name] == "null" else as_feature(name, column, kinds[name])
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
