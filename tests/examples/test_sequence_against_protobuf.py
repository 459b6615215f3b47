"""SequenceExamples against `tf.train.SequenceExample`, in both directions, for random rows."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import DataError
from argosy.examples.read import read_examples
from argosy.examples.sequence import decode_sequence_examples, encode_sequence_examples, with_encoded_lists
from argosy.examples.wire import varint
from argosy.examples.write import write_examples

pytestmark = pytest.mark.tf

VALUE_TYPES = {"int": pa.int64(), "float": pa.float32(), "bytes": pa.binary()}
DRAWN = {
    "int": st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 300),
    "float": st.floats(width=32, allow_nan=False),
    "bytes": st.binary(max_size=150),
}
FIELDS = {"int": "int64_list", "float": "float_list", "bytes": "bytes_list"}


@st.composite
def sequences(draw):
    """Returns (kinds of the context, of the lists, rows): each row maps names to a list, a list of lists or None."""
    names = draw(st.lists(st.text(max_size=8), unique=True, max_size=5))
    context = {name: draw(st.sampled_from(sorted(DRAWN))) for name in names[:2]}
    lists = {name: draw(st.sampled_from(sorted(DRAWN))) for name in names[2:]}
    fields = {name: st.none() | st.lists(DRAWN[kind], max_size=3) for name, kind in context.items()}
    for name, kind in lists.items():
        fields[name] = st.none() | st.lists(st.none() | st.lists(DRAWN[kind], max_size=3), max_size=3)
    rows = draw(st.lists(st.fixed_dictionaries(fields), max_size=5))
    return context, lists, rows * draw(st.sampled_from([1, 1, 9]))


def arrow_of(context, lists, rows):
    types = {name: pa.list_(VALUE_TYPES[kind]) for name, kind in context.items()}
    types |= {name: pa.list_(pa.list_(VALUE_TYPES[kind])) for name, kind in lists.items()}
    return pa.record_batch({name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()})


def message_of(context, lists, row):
    import tensorflow as tf

    message = tf.train.SequenceExample()
    for name, kind in context.items():
        _set(message.context.feature[name], kind, row[name])
    for name, kind in lists.items():
        if row[name] is not None:
            steps = message.feature_lists.feature_list[name]
            steps.SetInParent()
            for step in row[name]:
                _set(steps.feature.add(), kind, step)
    return message


def _set(feature, kind, values):
    feature.SetInParent()
    if values is not None:
        field = getattr(feature, FIELDS[kind])
        field.SetInParent()
        field.value.extend(values)


@given(sequences())
@settings(max_examples=50, deadline=None)
def test_encoded_rows_parse_to_the_same_messages(drawn):
    import tensorflow as tf

    context, lists, rows = drawn
    encoded = encode_sequence_examples(arrow_of(*drawn)).to_pylist() if context or lists else []
    for row, record in zip(rows, encoded, strict=False):
        assert tf.train.SequenceExample.FromString(record) == message_of(context, lists, row)


@given(sequences())
@settings(max_examples=50, deadline=None)
def test_serialized_messages_decode_to_the_same_rows(drawn):
    context, lists, rows = drawn
    records = [message_of(context, lists, row).SerializeToString() for row in rows]
    batch = decode_sequence_examples(pa.array(records, pa.binary()))
    assert batch.num_rows == len(rows)
    for name in (*context, *lists):
        found = batch.column(name).to_pylist() if name in batch.schema.names else [None] * len(rows)
        assert found == [row[name] for row in rows], name


def test_one_of_a_parse_of_tensorflow():
    import tensorflow as tf

    scores = pa.array([[[1.5], [2.5, 3.5]]], pa.list_(pa.list_(pa.float32())))
    batch = pa.record_batch({"id": pa.array([[7]], pa.list_(pa.int64())), "x": scores})
    (record,) = encode_sequence_examples(batch).to_pylist()
    context, lists = tf.io.parse_single_sequence_example(
        record, {"id": tf.io.FixedLenFeature([], tf.int64)}, {"x": tf.io.RaggedFeature(tf.float32)}
    )
    assert (int(context["id"]), lists["x"].to_list()) == (7, [[1.5], [2.5, 3.5]])


STEPS = pa.array([[[1, 2], None, []], None, [], [[3]]], pa.list_(pa.list_(pa.int64())))


def test_a_name_of_both_kinds_is_refused(tmp_path):
    import tensorflow as tf

    message = tf.train.SequenceExample()
    message.context.feature["x"].int64_list.value.append(1)
    message.feature_lists.feature_list["x"].feature.add().int64_list.value.append(1)
    with pytest.raises(DataError, match="'x' is both a context feature and a feature list"):
        decode_sequence_examples(pa.array([message.SerializeToString()], pa.binary()))


def test_only_what_is_asked_for_is_decoded_and_the_order_is_kept(tmp_path):
    batch = pa.record_batch({"a": pa.array([[1], None, [2], []], pa.list_(pa.int64())), "steps": STEPS, "other": STEPS})
    write_examples([batch], str(tmp_path), "all", payload_format="FORMAT_TF_SEQUENCE_EXAMPLE")
    (found,) = read_examples(str(tmp_path), "all", columns=["steps", "none", "a"])
    assert found.schema.names == ["steps", "none", "a"]
    assert found.column("steps").equals(STEPS)
    assert found.column("none").null_count == 4
    (damaged,) = (tmp_path / "Split-all").iterdir()
    assert damaged.name == "data_tfrecord-00000-of-00001.sequence.gz"


def test_feature_lists_of_no_kind_and_equal_rows():
    loose = pa.array([[None, None], None, [], [None]], pa.list_(pa.null()))
    batch = pa.record_batch({"loose": loose})
    assert decode_sequence_examples(encode_sequence_examples(batch)).equals(batch)
    typed = pa.record_batch({"loose": pa.array(loose.to_pylist(), pa.list_(pa.list_(pa.int64())))})
    assert with_encoded_lists(batch).equals(with_encoded_lists(typed))
    assert with_encoded_lists(batch.slice(1, 2)).equals(with_encoded_lists(batch).slice(1, 2))


@pytest.mark.parametrize("cut", range(1, 60, 3))
def test_a_damaged_record_is_refused_or_read_but_never_a_crash(cut):
    (good,) = encode_sequence_examples(pa.record_batch({"steps": STEPS.slice(0, 1), "t": STEPS.slice(3)})).to_pylist()
    damaged = good[:cut] + bytes([good[cut % len(good)] ^ 0xFF]) + good[cut + 1 :]
    for bad in (good[:cut], damaged):
        try:
            batch = decode_sequence_examples(pa.array([good, bad], pa.binary()))
        except DataError:
            continue
        assert batch.num_rows == 2


def test_what_a_writer_of_another_order_leaves(tmp_path):
    """A key twice in a record counts with its last value; an entry may lack its key or its value."""

    def field(number, payload):
        return varint(number << 3 | 2) + varint(len(payload)) + payload

    feature = field(1, field(3, field(1, b"\x05")))
    twice = field(1, field(1, b"k") + field(2, feature + feature)) + field(1, field(2, feature) + field(1, b"k"))
    bare = field(1, field(1, b"k")) + field(1, field(2, feature))
    batch = decode_sequence_examples(pa.array([field(2, twice), field(2, bare)], pa.binary()))
    assert batch.to_pydict() == {"k": [[[5]], []], "": [None, [[5]]]}
