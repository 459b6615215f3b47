import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.examples.singles import lists_of, singles_of, take_rows

COLUMNS = {
    "full": pa.array([[1], [2], [3], [4]]),
    "some missing": pa.array([[b"a"], None, None, [b"d"]], pa.list_(pa.binary())),
    "all missing": pa.array([None] * 4, pa.list_(pa.float32())),
    "NaN": pa.array([[float("nan")], [0.0], [-0.0], None], pa.list_(pa.float32())),
    "empty": pa.array([[1], [], [3], [4]]),
    "several": pa.array([[1], [2, 3], None, [4]]),
    "as many values as rows": pa.array([[1, 2], [], [3], [4]]),
    "empty and missing": pa.array([[1], None, [], [2, 3]]),
    "lists of lists": pa.array([[[1]], [[]], None, [[1, 2]]]),
    "no type": pa.nulls(4),
}
SINGLE = ("full", "some missing", "all missing", "NaN", "lists of lists")


@pytest.mark.parametrize("name", COLUMNS.keys() - {"no type"})
@pytest.mark.parametrize(("start", "length"), [(0, 4), (1, 3), (3, 1), (2, 0)])
def test_values_and_lists_are_each_others_inverse(name, start, length):
    column = COLUMNS[name].slice(start, length)
    singles = singles_of(column)
    rows = column.to_pylist()
    assert (singles is not None) == all(row is None or len(row) == 1 for row in rows)
    if singles is not None:
        assert str(lists_of(singles).to_pylist()) == str(rows)
        assert len(singles.values) == sum(row is not None for row in rows)


def test_values_under_a_missing_row_are_no_values():
    offsets = pa.array([0, 1, 2, 3], pa.int32())
    column = pa.ListArray.from_arrays(offsets, pa.array([1, 2, 3]), mask=pa.array([False, True, False]))
    assert singles_of(column) is None
    assert take_rows(pa.record_batch({"x": column}), np.array([2, 1, 0])).to_pydict() == {"x": [[3], None, [1]]}


@given(rows=st.lists(st.integers(0, 3), max_size=9), start=st.integers(0, 3))
@settings(deadline=None)
def test_rows_are_taken_as_arrow_takes_them(rows, start):
    batch = pa.RecordBatch.from_arrays(list(COLUMNS.values()), names=list(COLUMNS)).slice(start)
    chosen = np.array([row for row in rows if row < batch.num_rows], np.int64)
    taken, expected = take_rows(batch, chosen), batch.take(pa.array(chosen))
    assert str(taken.to_pydict()) == str(expected.to_pydict())
    assert taken.schema.equals(expected.schema)
    taken.validate(full=True)


def test_rows_without_columns_are_counted():
    batch = pa.RecordBatch.from_struct_array(pa.array([{}] * 5, pa.struct([])))
    assert take_rows(batch, np.array([3, 1])).num_rows == 2
