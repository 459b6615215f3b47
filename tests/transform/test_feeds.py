"""Rows to tensors and back."""

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import DataError, UserCodeError
from argosy.transform.feeds import to_batch, to_tensors

pytestmark = pytest.mark.tf


KINDS = {
    "BYTES": (pa.binary(), tf.string, st.binary(max_size=4)),
    "INT": (pa.int64(), tf.int64, st.integers(-(2**63), 2**63 - 1)),
    "FLOAT": (pa.float32(), tf.float32, st.floats(width=32, allow_nan=False)),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_lists_survive_the_way_through_a_sparse_tensor(kind, data):
    arrow, dtype, values = KINDS[kind]
    rows = data.draw(st.lists(st.one_of(st.none(), st.lists(values, max_size=3)), max_size=12))
    batch = pa.RecordBatch.from_pydict({"x": pa.array(rows, pa.list_(arrow))})
    tensors = to_tensors(batch, {"x": tf.SparseTensorSpec([None, None], dtype)})
    assert tuple(tensors["x"].dense_shape.numpy()) == (len(rows), max((len(row or []) for row in rows), default=0))
    back = to_batch(tensors, len(rows)).column(0).to_pylist()
    assert back == [row or None for row in rows]


@pytest.mark.parametrize("offset", [0, 2])
def test_dense_features_take_their_shape(offset):
    batch = pa.RecordBatch.from_pydict({"x": pa.array([[i, i + 1] for i in range(5)], pa.list_(pa.int64()))})
    tensors = to_tensors(batch.slice(offset), {"x": tf.TensorSpec([None, 2, 1], tf.int64)})
    np.testing.assert_array_equal(tensors["x"][:, 0, 0], np.arange(5)[offset:])
    assert to_batch(tensors, 5 - offset).column(0).to_pylist() == [[i, i + 1] for i in range(offset, 5)]


def test_many_equal_strings_and_many_different_ones_are_the_same_tensors():
    for tokens in ([b"a", b"b"] * 50, [str(i).encode() for i in range(100)]):
        batch = pa.RecordBatch.from_pydict({"x": pa.array([[t] for t in tokens], pa.list_(pa.binary()))})
        assert to_tensors(batch, {"x": tf.TensorSpec([None], tf.string)})["x"].numpy().tolist() == tokens


def test_a_column_that_is_absent_or_null_is_missing_everywhere():
    spec = {"x": tf.SparseTensorSpec([None, None], tf.string)}
    for columns in ({"y": [[1]] * 3}, {"x": pa.nulls(3)}):
        tensor = to_tensors(pa.RecordBatch.from_pydict(columns), spec)["x"]
        assert tensor.dense_shape.numpy().tolist() == [3, 0]
        assert to_batch({"x": tensor}, 3).column(0).null_count == 3


def test_a_missing_value_of_fixed_shape_is_an_error_with_feature_and_row():
    batch = pa.RecordBatch.from_pydict({"age": pa.array([[1], None], pa.list_(pa.int64()))})
    with pytest.raises(DataError, match=r"'age'.*1 value.*row 1 .*has 0.*schema"):
        to_tensors(batch, {"age": tf.TensorSpec([None], tf.int64)})


def test_a_column_of_another_type_is_an_error():
    batch = pa.RecordBatch.from_pydict({"age": pa.array([[1]], pa.list_(pa.int64()))})
    with pytest.raises(DataError, match=r"'age'.*int64.*float"):
        to_tensors(batch, {"age": tf.TensorSpec([None], tf.float32)})


def test_outputs_that_are_not_one_row_a_row_are_errors():
    with pytest.raises(UserCodeError, match=r"'x' has 2 rows for 3 input rows"):
        to_batch({"x": tf.constant([1.0, 2.0])}, 3)
    gap = tf.SparseTensor([[0, 1]], tf.constant([1.0]), [2, 2])
    with pytest.raises(UserCodeError, match=r"'x' is a sparse tensor with gaps"):
        to_batch({"x": gap}, 2)
