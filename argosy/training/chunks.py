"""Rows in chunks of whole training batches, shuffled or not: what is read at a time, and what a step of training takes.

A chunk costs Python once and is cut into batches by TensorFlow, so it is large; only rows of one chunk change places,
and files come in any order.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from argosy.errors import located
from argosy.examples.columns import refuse_nested
from argosy.examples.read import read_file
from argosy.schema import Feature, Schema
from argosy.training.options import TensorFlowDatasetOptions

CHUNK_ROWS = 50_000
_CHUNK_BYTES = 64 << 20


def chunks(
    files: Sequence[str],
    features: tuple[Feature, ...],
    options: TensorFlowDatasetOptions,
    random: np.random.Generator,
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of all epochs; each chunk but the last is a whole number of batches.

    Raises:
        DataError: A file is damaged, or does not fit the schema.
    """
    rest: list[pa.RecordBatch] = []
    for _ in itertools.count() if options.num_epochs is None else range(options.num_epochs):
        order = random.permutation(len(files)) if options.shuffle else range(len(files))
        empty = True
        for chunk in _gathered(_rows([files[at] for at in order], features), options.batch_size):
            empty = False
            shuffled = chunk.take(pa.array(random.permutation(len(chunk)))) if options.shuffle else chunk
            whole, rest = _cut([*rest, shuffled], options.batch_size)
            if whole.num_rows:
                yield whole
        if empty:
            break
    if rest and not options.drop_final_batch:
        yield _joined(rest)


def _rows(files: Sequence[str], features: tuple[Feature, ...]) -> Iterator[pa.RecordBatch]:
    for file in files:
        for batch in read_file(file, schema=Schema(features=features), batch_size=CHUNK_ROWS):
            with located(file=file):
                refuse_nested(batch, "a tf.data.Dataset")
            yield batch


def _gathered(batches: Iterator[pa.RecordBatch], least: int) -> Iterator[pa.RecordBatch]:
    """Yields the same rows in chunks: many rows each, of not too many bytes, at least a batch's."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        rows = sum(one.num_rows for one in held)
        if rows >= CHUNK_ROWS or (rows >= least and sum(one.nbytes for one in held) >= _CHUNK_BYTES):
            yield _joined(held)
            held = []
    if sum(one.num_rows for one in held):
        yield _joined(held)


def _cut(batches: list[pa.RecordBatch], batch_size: int) -> tuple[pa.RecordBatch, list[pa.RecordBatch]]:
    """Returns a whole number of batches, and what is left over."""
    rows = _joined(batches)
    whole = rows.num_rows - rows.num_rows % batch_size
    return rows.slice(0, whole), [rows.slice(whole)] if whole < rows.num_rows else []


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
