import collections
import gzip

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf

from argosy.errors import ArtifactError, DataError, ParameterError
from argosy.examples import ExamplesWriter, write_examples
from argosy.schema import Feature, Schema
from argosy.schema.convert import to_proto
from argosy.training import RecordBatchesOptions, TensorFlowDatasetOptions, examples_dataset
from argosy.training.datasets import data_accessor

pytestmark = pytest.mark.tf

SCHEMA = Schema(
    features=(
        Feature(name="number", type="INT", shape=(1,)),
        Feature(name="weight", type="FLOAT"),
        Feature(name="label", type="BYTES", shape=()),
    )
)


@pytest.fixture(scope="module", params=["FORMAT_TF_EXAMPLE", "FORMAT_PARQUET", "FORMAT_TF_SEQUENCE_EXAMPLE"])
def pattern(request, tmp_path_factory):
    """Twenty rows, gzip; every third has no weight."""
    path = tmp_path_factory.mktemp("examples [1]")
    weights: list = [None if n % 3 == 0 else [n / 2, 1.0] for n in range(20)]
    columns = {
        "number": pa.array([[n] for n in range(20)], pa.list_(pa.int64())),
        "weight": pa.array(weights, pa.list_(pa.float32())),
        "label": pa.array([[b"even" if n % 2 == 0 else b"odd"] for n in range(20)], pa.list_(pa.binary())),
    }
    with ExamplesWriter(str(path), "train", payload_format=request.param) as writer:
        writer.write(pa.RecordBatch.from_pydict(columns))
    return str(path).replace("[", "[[]") + "/Split-train/*"


def rows(dataset):
    return [int(n) for features in dataset for n in np.ravel(features["number"])]


def dataset(pattern, schema=SCHEMA, **options):
    chosen = TensorFlowDatasetOptions(**{"batch_size": 8, "num_epochs": 1, **options})
    return data_accessor().tf_dataset_factory([pattern], chosen, schema)


def test_batches_are_parsed_by_the_schema(pattern):
    batches = list(dataset(pattern, shuffle=False))
    assert [len(batch["number"]) for batch in batches] == [8, 8, 4]
    assert batches[0]["number"].shape == (8, 1)
    assert batches[0]["label"].shape == (8,)
    assert isinstance(batches[0]["weight"], tf.SparseTensor)
    dense = tf.sparse.to_dense(batches[0]["weight"], default_value=np.nan).numpy()
    np.testing.assert_array_equal(dense[:3], np.array([[np.nan, np.nan], [0.5, 1], [1, 1]]))


def test_plain_files_and_compressed_ones_are_read_together(tmp_path):
    write_examples([pa.record_batch({"number": pa.array([[1], [2]])})], str(tmp_path), "train")
    (written,) = (tmp_path / "Split-train").iterdir()
    (tmp_path / "Split-train" / "plain\n.tfrecord").write_bytes(gzip.decompress(written.read_bytes()))
    schema = Schema(features=SCHEMA.features[:1])
    assert sorted(rows(dataset(f"{tmp_path}/Split-train/*", schema, shuffle=False))) == [1, 1, 2, 2]


def test_a_label_is_split_off(pattern):
    features, label = next(iter(dataset(pattern, shuffle=False, label_key="label")))
    assert set(features) == {"number", "weight"}
    assert label.numpy().tolist()[:2] == [b"even", b"odd"]
    with pytest.raises(ParameterError, match="did you mean 'label'"):
        dataset(pattern, label_key="lable")


def test_no_row_is_lost_or_read_twice_by_shuffling(pattern):
    assert sorted(rows(dataset(pattern))) == list(range(20))
    assert collections.Counter(rows(dataset(pattern, num_epochs=3, shuffle_buffer_size=4))) == dict.fromkeys(
        range(20), 3
    )


def test_a_seed_gives_one_order_and_each_epoch_its_own(pattern):
    first = rows(dataset(pattern, shuffle_seed=5, num_epochs=2))
    assert first == rows(dataset(pattern, shuffle_seed=5, num_epochs=2))
    assert first != rows(dataset(pattern, shuffle_seed=6, num_epochs=2))
    assert first[:20] != first[20:]


def test_endless_and_whole_batches(pattern):
    assert len(list(dataset(pattern, num_epochs=None).take(10))) == 10
    assert [len(batch["number"]) for batch in dataset(pattern, drop_final_batch=True)] == [8, 8]


def test_several_readers_read_everything(pattern):
    read = rows(dataset(pattern, reader_num_threads=2, parser_num_threads=2, sloppy_ordering=True))
    assert sorted(read) == list(range(20))


def test_the_rows_of_an_epoch_change_places_across_batches(pattern):
    read = rows(dataset(pattern, shuffle_seed=1))
    assert read != list(range(20))
    assert any(sorted(read[at : at + 8]) != list(range(at, at + 8)) for at in (0, 8))


def test_a_dataset_that_is_read_again_comes_in_another_order(pattern):
    found = dataset(pattern, shuffle_seed=3)
    assert sorted(rows(found)) == sorted(rows(found)) == list(range(20))
    assert rows(found) != rows(found)


def test_tensorflows_seed_decides_where_none_is_given(pattern):
    orders = []
    for _ in range(2):
        tf.random.set_seed(7)
        orders.append(rows(dataset(pattern)))
    assert orders[0] == orders[1]


def test_batches_go_on_over_the_end_of_an_epoch(pattern):
    batches = [rows([batch]) for batch in dataset(pattern, shuffle=False, num_epochs=3)]
    assert [len(batch) for batch in batches] == [8] * 7 + [4]
    assert batches[2] == [16, 17, 18, 19, 0, 1, 2, 3]
    large = [rows([batch]) for batch in dataset(pattern, shuffle=False, num_epochs=2, batch_size=50)]
    assert large == [[*range(20), *range(20)]]


def test_a_proto_schema_does_too(pattern):
    assert len(rows(dataset(pattern, schema=to_proto(SCHEMA)))) == 20


def test_errors_say_what_to_do(tmp_path, pattern):
    with pytest.raises(DataError, match="no file matches"):
        dataset(str(tmp_path / "*"))
    with pytest.raises(ParameterError, match="needs a schema"):
        dataset(pattern, schema=None)


PAYLOADS = ("FORMAT_TF_EXAMPLE", "FORMAT_PARQUET", "FORMAT_TF_SEQUENCE_EXAMPLE")
SHAPES = Schema(
    features=(
        Feature(name="pair", type="INT", shape=(2,)),
        Feature(name="grid", type="FLOAT", shape=(2, 1)),
        Feature(name="text", type="BYTES", shape=()),
        Feature(name="words", type="BYTES"),
        Feature(name="counts", type="INT"),
        Feature(name="absent", type="FLOAT"),
    )
)


def rows_of_shapes(count):
    random = np.random.default_rng(0)
    words = [[b"w%d" % n for n in random.integers(0, 5, random.integers(0, 4))] for _ in range(count)]
    return pa.record_batch(
        {
            "pair": pa.array([[n, -n] for n in range(count)], pa.list_(pa.int64())),
            "grid": pa.array([[n, 0.5] for n in range(count)], pa.list_(pa.float32())),
            "text": pa.array([[b"t%d" % (n % 7)] for n in range(count)], pa.list_(pa.binary())),
            "words": pa.array([None if n % 5 == 0 else words[n] for n in range(count)], pa.list_(pa.binary())),
            "counts": pa.array([list(range(n % 3)) for n in range(count)], pa.list_(pa.int64())),
        }
    )


@pytest.mark.parametrize("chunk_rows", [1, 7, 50_000])
def test_every_payload_gives_the_tensors_that_parsing_gives(tmp_path, monkeypatch, chunk_rows):
    monkeypatch.setattr("argosy.training.chunks.CHUNK_ROWS", chunk_rows)
    batch = rows_of_shapes(31)
    parsed = []
    for payload in PAYLOADS:
        for shard, part in enumerate((batch.slice(0, 11), batch.slice(11))):
            folder = str(tmp_path / payload)
            with ExamplesWriter(folder, "train", payload_format=payload, shard=shard, shards=2) as writer:
                writer.write(part)
        parsed.append(list(dataset(f"{folder}/Split-train/*", SHAPES, batch_size=6, shuffle=False, num_epochs=2)))
    for others in parsed[1:]:
        for mine, other in zip(parsed[0], others, strict=True):
            assert mine.keys() == other.keys()
            for name in mine:
                assert_equal_tensors(mine[name], other[name])


def assert_equal_tensors(one, other):
    if isinstance(one, tf.SparseTensor):
        assert one.dense_shape.numpy().tolist() == other.dense_shape.numpy().tolist()
        np.testing.assert_array_equal(one.indices, other.indices)
        one, other = one.values, other.values
    assert (one.dtype, one.shape) == (other.dtype, other.shape)
    np.testing.assert_array_equal(one, other)


def test_a_dataset_over_any_examples(tmp_path):
    folder = str(tmp_path)
    write_examples([rows_of_shapes(10)], folder, "eval")
    found = examples_dataset(folder, "eval", schema=SHAPES, batch_size=4, columns=["counts", "text"], label_key="text")
    assert isinstance(found.element_spec[0]["counts"], tf.SparseTensorSpec)
    batches = list(found)
    assert [label.numpy().tolist() for _, label in batches][2] == [b"t1", b"t2"]
    assert [list(features) for features, _ in batches] == [["counts"]] * 3
    options = {"columns": ["pair"], "batch_size": 4, "drop_final_batch": True, "num_epochs": 2, "shuffle": True}
    shuffled = list(examples_dataset(folder, "eval", schema=to_proto(SHAPES), shuffle_seed=1, **options))
    assert [batch["pair"].shape for batch in shuffled] == [(4, 2)] * 5
    firsts = [int(pair[0]) for batch in shuffled for pair in batch["pair"]]
    assert sorted(firsts[:10]) == sorted(firsts[10:]) == list(range(10)) != firsts[:10]
    with pytest.raises(ParameterError, match="column 'txt' is not a feature; did you mean 'text'"):
        examples_dataset(folder, "eval", schema=SHAPES, batch_size=4, columns=["txt"])
    with pytest.raises(ArtifactError, match="no split 'evil'; did you mean 'eval'"):
        examples_dataset(folder, "evil", schema=SHAPES, batch_size=4)


def test_rows_that_do_not_fit_the_schema_are_named(tmp_path):
    folder = str(tmp_path)
    write_examples([rows_of_shapes(10)], folder, "eval", payload_format="FORMAT_PARQUET")
    for feature, message in (
        (Feature(name="words", type="BYTES", shape=(1,)), "'words': the schema says that every row has 1 value"),
        (Feature(name="text", type="INT"), "data_parquet.*'text' is list<.*binary>, the schema says list<.*int64>"),
    ):
        with pytest.raises(tf.errors.OpError, match=message):
            list(examples_dataset(folder, "eval", schema=Schema(features=(feature,)), batch_size=4))
    steps = pa.array([[[1]]], pa.list_(pa.list_(pa.int64())))
    write_examples([pa.record_batch({"x": steps})], folder, "nested", payload_format="FORMAT_TF_SEQUENCE_EXAMPLE")
    schema = Schema(features=(Feature(name="x", type="INT"),))
    with pytest.raises(tf.errors.OpError, match=r"'x' is a feature list of a tf.SequenceExample"):
        list(examples_dataset(folder, "nested", schema=schema, batch_size=4))


def test_an_empty_split_ends(tmp_path):
    write_examples([], str(tmp_path), "none", payload_format="FORMAT_PARQUET")
    assert list(examples_dataset(str(tmp_path), "none", schema=SHAPES, batch_size=4, num_epochs=None)) == []


def test_record_batches(pattern):
    factory = data_accessor().record_batch_factory
    batches = list(factory([pattern], RecordBatchesOptions(batch_size=8, num_epochs=2), SCHEMA))
    assert [len(batch) for batch in batches] == [8] * 5
    assert [n for batch in batches for (n,) in batch["number"].to_pylist()] == [*range(20), *range(20)]
    assert batches[0].schema.names == ["number", "weight", "label"]
    assert batches[0]["weight"].to_pylist()[:2] == [None, [0.5, 1.0]]
    whole = factory(pattern, RecordBatchesOptions(batch_size=8, num_epochs=1, drop_final_batch=True))
    assert [len(batch) for batch in whole] == [8, 8]
    endless = factory(pattern, RecordBatchesOptions(batch_size=50), SCHEMA)
    assert [len(next(endless)) for _ in range(3)] == [50] * 3
