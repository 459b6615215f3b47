"""The codec against `tf.train.Example`, in both directions, for random rows."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from argosy.examples.codec import decode_examples, encode_examples
from argosy.examples.payload import SUFFIXES
from argosy.examples.read import read_examples
from argosy.examples.write import write_examples

pytestmark = pytest.mark.tf

TYPES = {"int": pa.int64(), "float": pa.float32(), "bytes": pa.binary()}
VALUES = {
    "int": st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 300),
    "float": st.floats(width=32, allow_nan=False),
    "bytes": st.binary(max_size=200),
}


@st.composite
def rows_of_features(draw):
    """Returns (kinds by name, rows): each row maps names to None (missing) or a list."""
    names = draw(st.lists(st.text(max_size=12), unique=True, max_size=5))
    kinds = {name: draw(st.sampled_from(sorted(VALUES))) for name in names}
    row = st.fixed_dictionaries({n: st.none() | st.lists(VALUES[k], max_size=4) for n, k in kinds.items()})
    few = draw(st.lists(row, max_size=6))
    return kinds, few * draw(st.sampled_from([1, 1, 9]))


def batch_of(kinds, rows):
    columns = {name: pa.array([row[name] for row in rows], pa.list_(TYPES[kind])) for name, kind in kinds.items()}
    return pa.record_batch(columns)


def protobuf_of(kinds, row, *, order=None, absent=False):
    import tensorflow as tf

    example = tf.train.Example()
    for name in order or row:
        if row[name] is None:
            if not absent:
                example.features.feature[name].SetInParent()
            continue
        field = {"int": "int64_list", "float": "float_list", "bytes": "bytes_list"}[kinds[name]]
        values = getattr(example.features.feature[name], field)
        values.SetInParent()
        values.value.extend(row[name])
    return example


@given(rows_of_features())
@settings(max_examples=60, deadline=None)
def test_encoded_rows_parse_to_the_same_examples(drawn):
    import tensorflow as tf

    kinds, rows = drawn
    encoded = encode_examples(batch_of(kinds, rows)) if kinds else pa.array([], pa.binary())
    for row, record in zip(rows, encoded.to_pylist(), strict=False):
        assert tf.train.Example.FromString(record) == protobuf_of(kinds, row)


@given(rows_of_features(), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=60, deadline=None)
def test_serialized_examples_decode_to_the_same_rows(drawn, random, absent):
    kinds, rows = drawn
    records = []
    for row in rows:
        order = list(row)
        random.shuffle(order)
        records.append(protobuf_of(kinds, row, order=order, absent=absent).SerializeToString())
    batch = decode_examples(pa.array(records, pa.binary()))
    assert batch.num_rows == len(rows)
    for name in kinds:
        column = batch.column(name).to_pylist() if name in batch.schema.names else [None] * len(rows)
        assert column == [row[name] for row in rows]


@given(rows_of_features())
@settings(max_examples=60, deadline=None)
def test_round_trip_keeps_types_nulls_and_empty_lists(drawn):
    kinds, rows = drawn
    batch = batch_of(kinds, rows)
    again = decode_examples(encode_examples(batch), list(kinds))
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.null_count < len(column):
            assert again.column(name).equals(column), name
        else:
            assert again.column(name).null_count == len(column)


@pytest.mark.parametrize("payload", SUFFIXES)
@given(rows_of_features(), st.integers(1, 7))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_payload_gives_back_what_was_written(tmp_path_factory, payload, drawn, batch_size):
    kinds, rows = drawn
    assume(kinds or not rows)
    folder = str(tmp_path_factory.mktemp("rows"))
    batches = [batch_of(kinds, rows[at : at + batch_size]) for at in range(0, len(rows), batch_size)]
    assert write_examples(batches, folder, "all", payload_format=payload) == len(rows)
    for size in (batch_size + 1, 10_000):
        found = read_examples(folder, "all", columns=list(kinds), batch_size=size)
        assert [row for batch in found for row in batch.to_pylist()] == rows


def test_special_floats_keep_their_bits():
    values = np.array([0x7FC00001, 0xFF800000, 0x80000000, 0x00000001], np.uint32).view(np.float32)
    column = pa.ListArray.from_arrays(pa.array([0, 4], pa.int32()), pa.array(values, from_pandas=False))
    again = decode_examples(encode_examples(pa.record_batch({"x": column}))).column("x").flatten().to_numpy()
    assert again.view(np.uint32).tolist() == values.view(np.uint32).tolist()


def test_parse_example_of_tensorflow_reads_our_rows():
    import tensorflow as tf

    batch = pa.record_batch({"x": pa.array([[1.5, 2.5], None, []], pa.list_(pa.float32()))})
    parsed = tf.io.parse_example(encode_examples(batch).to_pylist(), {"x": tf.io.RaggedFeature(tf.float32)})
    assert parsed["x"].to_list() == [[1.5, 2.5], [], []]
