"""Record batches cut anew, so that each has as many rows as were asked for."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from argosy.errors import DataError


def whole_batches(
    batches: Iterable[pa.RecordBatch], batch_size: int, *, drop_final: bool = False
) -> Iterator[pa.RecordBatch]:
    """Yields the same rows in batches of `batch_size`, the last of fewer or, with `drop_final`, left out.

    A column that some batches lack is missing in their rows.

    Raises:
        DataError: A column changes its type, or a batch is larger than Arrow can hold.

    >>> [len(batch) for batch in whole_batches([pa.record_batch({"x": [1, 2, 3]})] * 2, 4)]
    [4, 2]
    """
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        rest = batch
        while rows + len(rest) >= batch_size:
            cut = batch_size - rows
            yield _joined([*held, rest.slice(0, cut)])
            rest, held, rows = rest.slice(cut), [], 0
        if len(rest):
            held.append(rest)
            rows += len(rest)
    if held and not drop_final:
        yield _joined(held)


def _joined(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    filled = [part for part in parts if len(part)]
    if len(filled) == 1:
        return filled[0]
    try:
        table = pa.concat_tables(map(_table, filled), promote_options="default")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(f"a column changes its type within a batch ({error}); read the rows with a schema") from error
    joined = table.combine_chunks().to_batches()
    if len(joined) > 1:
        raise DataError(f"a batch of {table.num_rows} of these rows is over 2 GiB; choose a smaller batch_size")
    return joined[0]


def _table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])
