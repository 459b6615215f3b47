"""TFX's split hash: against SHA-256 of `tf.train.Example`s that TensorFlow serializes deterministically."""

import hashlib

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from argosy.errors import DataError, ParameterError
from argosy.examples.read import RAW_RECORD
from argosy.ingest.config import HASHES, OutputConfig, OutputSplit, input_splits, output_config
from argosy.ingest.convert import deterministic
from argosy.ingest.deal import deal
from argosy.ingest.formats import find_format
from argosy.ingest.scanned import merge_kinds
from argosy.ingest.tfx_hash import TFX_ORDERS, tfx_buckets

TYPES = {"int": pa.int64(), "float": pa.float32(), "bytes": pa.binary()}
FIELDS = {"int": "int64_list", "float": "float_list", "bytes": "bytes_list"}
VALUES = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False),
    "bytes": st.binary(max_size=150),
}
MANY = 1_000_003


@st.composite
def drawn_rows(draw):
    """Returns (kinds by name, rows): each row maps names to None (missing) or a list."""
    names = draw(st.lists(st.text(max_size=12), unique=True, min_size=1, max_size=5))
    kinds = {name: draw(st.sampled_from(sorted(VALUES))) for name in names}
    row = st.fixed_dictionaries({n: st.none() | st.lists(VALUES[k], max_size=3) for n, k in kinds.items()})
    return kinds, draw(st.lists(row, min_size=1, max_size=6))


def batch_of(kinds, rows):
    return pa.record_batch(
        {name: pa.array([row[name] for row in rows], pa.list_(TYPES[kind])) for name, kind in kinds.items()}
    )


def tf_example(kinds, row, missing="kindless"):
    """A missing value is a Feature without a kind, a list without values (`empty`), or not there (`absent`)."""
    import tensorflow as tf

    made = tf.train.Example()
    for name, values in row.items():
        if values is None and missing != "empty":
            if missing == "kindless":
                made.features.feature[name].SetInParent()
            continue
        field = getattr(made.features.feature[name], FIELDS[kinds[name]])
        field.SetInParent()
        field.value.extend(values or [])
    return made


def bucket_of(message):
    return int(hashlib.sha256(message.SerializeToString(deterministic=True)).hexdigest(), 16) % MANY


@pytest.mark.tf
@given(drawn_rows())
@example(({"b": "int", "a": "bytes", "é": "float", "Z": "int"}, [{"b": [0], "a": [b""], "é": [-0.0], "Z": None}]))
@settings(max_examples=60, deadline=None)
def test_buckets_are_those_of_the_deterministic_example(drawn):
    kinds, rows = drawn
    batch = batch_of(kinds, rows)
    assert tfx_buckets(batch, MANY).tolist() == [bucket_of(tf_example(kinds, row)) for row in rows]
    for name in filter(None, kinds):
        expected = [bucket_of(tf_example(kinds, row).features.feature[name]) for row in rows]
        assert tfx_buckets(batch, MANY, name).tolist() == expected


@pytest.mark.tf
@pytest.mark.parametrize("missing", ["kindless", "empty", "absent"])
@given(drawn_rows())
@settings(max_examples=30, deadline=None)
def test_the_record_itself_counts_where_there_is_one(missing, drawn):
    kinds, rows = drawn
    examples = [tf_example(kinds, dict(reversed(row.items())), missing) for row in rows]
    batch = batch_of(kinds, rows).append_column(
        RAW_RECORD, pa.array([one.SerializeToString() for one in examples], pa.binary())
    )
    assert tfx_buckets(batch, MANY).tolist() == [bucket_of(one) for one in examples]


@pytest.mark.tf
def test_the_two_orders_differ_where_a_name_begins_another():
    import tensorflow as tf

    made = tf.train.Example()
    for name in ("bill", "bill_depth", "bill_length", "year"):
        made.features.feature[name].int64_list.value.append(7)
    features = made.features.feature
    batch = batch_of(dict.fromkeys(features, "int"), [{name: [7] for name in features}])
    assert tfx_buckets(batch, MANY, order="tfx").tolist() == [bucket_of(made)]
    entries = [tf.train.Features(feature={name: features[name]}).SerializeToString() for name in sorted(features)]
    plain = b"".join(entries)
    expected = hashlib.sha256(b"\x0a" + bytes([len(plain)]) + plain).digest()
    assert len(plain) < 128
    assert tfx_buckets(batch, MANY, order="tfx-protobuf3").tolist() == [int.from_bytes(expected, "big") % MANY]
    assert expected != hashlib.sha256(made.SerializeToString(deterministic=True)).digest()


ROWS = pa.record_batch(
    {
        "n": pa.array([[k] if k % 3 else None for k in range(60)], pa.list_(pa.int64())),
        "x": pa.array([[k / 2] for k in range(60)], pa.list_(pa.float32())),
        "nothing": pa.nulls(60),
    }
)
SPLITS = (OutputSplit(name="a", hash_buckets=2), OutputSplit(name="b", hash_buckets=1))


def dealt(batch=ROWS, source="", **fields):
    return deal(batch, OutputConfig(splits=SPLITS, hash="tfx", **fields), "f", source=source)


def test_rows_are_dealt_by_it_and_no_split_gets_the_record():
    parts = dealt(ROWS.append_column(RAW_RECORD, pa.array([b""] * 60, pa.binary())))
    assert set(parts) <= {"a", "b"}
    assert all(part.schema.names == ROWS.schema.names for part in parts.values())
    assert sum(part.num_rows for part in dealt().values()) == 60


def test_an_empty_cell_of_csv_is_a_list_without_values_for_the_hash_alone():
    csv, other = dealt(source="csv"), dealt()
    assert csv["a"] != other["a"]
    assert sum(part.column("n").null_count for part in csv.values()) == 20


def test_a_partition_feature():
    by_n = dealt(source="csv", partition_feature_name="n")
    # All that lack it are in one split: with TFX's CSV reader they are of one, empty, list.
    assert sorted(part.column("n").null_count for part in by_n.values()) == [0, 20]
    for name, message in (("n", "missing in 20 rows"), ("x", "values are floats"), ("none", "found n, x, nothing")):
        with pytest.raises(DataError, match=message):
            dealt(partition_feature_name=name)
    with pytest.raises(DataError, match="missing in 60 rows"):
        dealt(source="csv", partition_feature_name="nothing")


def test_which_hash_is_said_in_the_output_config():
    def chosen(**fields):
        return output_config({"split_config": fields}, input_splits({})).hash

    assert (chosen(), chosen(hash="tfx"), chosen(hash="argosy")) == ("argosy", "tfx", "argosy")
    with pytest.raises(
        ParameterError, match=r"split_config.hash: expected one of argosy, tfx, tfx-protobuf3, found 'md5'"
    ):
        chosen(hash="md5")


def test_every_hash_that_may_be_named_is_there():
    assert ("argosy", *TFX_ORDERS) == HASHES


def test_features_are_written_in_the_order_of_their_names():
    two = bytes.fromhex("0a18 0a0a 0a0162 12051a030a0107 0a0a 0a0161 12051a030a0101")
    (found,) = deterministic([two], str.encode)
    assert found.index(b"\x0a\x01a") < found.index(b"\x0a\x01b")
    assert sorted(found) == sorted(two)
    assert deterministic([two], str.encode, "b") == [bytes.fromhex("1a030a0107")]


@pytest.mark.tf
@pytest.mark.parametrize("feature", ["", "id"])
def test_sequence_examples_are_dealt_by_the_whole_record_or_a_feature_of_the_context(tmp_path, feature):
    import tensorflow as tf

    records = []
    for k in range(50):
        made = tf.train.SequenceExample()
        for name in ("words_2", "words", "a"):
            steps = made.feature_lists.feature_list[name].feature
            for step in range(k % 3):
                steps.add().bytes_list.value.append(b"%d" % step)
        made.context.feature["id"].int64_list.value.append(k)
        made.context.feature["group"].SetInParent()
        records.append(made)
    file = tmp_path / "a.sequence"
    with tf.io.TFRecordWriter(str(file)) as writer:
        for made in records:
            writer.write(made.SerializeToString())
    found = find_format("", {}, [str(file)])
    kinds = merge_kinds([found.scan(str(file))])
    outputs = OutputConfig(splits=SPLITS, hash="tfx", partition_feature_name=feature)
    (batch,) = found.read(str(file), kinds, with_raw=True)
    parts = deal(batch, outputs, str(file), source=found.name)
    keys = [made.context.feature[feature] if feature else made for made in records]
    digests = [hashlib.sha256(key.SerializeToString(deterministic=True)).digest() for key in keys]
    eval_rows = [[k] for k, digest in enumerate(digests) if int.from_bytes(digest, "big") % 3 == 2]
    assert parts["b"].column("id").to_pylist() == eval_rows
    assert parts["a"].num_rows == 50 - len(eval_rows)
    with pytest.raises(DataError, match=r"'words'.* is a feature list; choose a feature of the context"):
        deal(batch, OutputConfig(splits=SPLITS, hash="tfx", partition_feature_name="words"), "f", source=found.name)
