import collections

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf

from argosy.errors import DataError, ParameterError
from argosy.examples import ExamplesWriter
from argosy.schema import Feature, Schema
from argosy.schema.convert import to_proto
from argosy.training import RecordBatchesOptions, TensorFlowDatasetOptions
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


def test_a_proto_schema_does_too(pattern):
    assert len(rows(dataset(pattern, schema=to_proto(SCHEMA)))) == 20


def test_errors_say_what_to_do(tmp_path, pattern):
    with pytest.raises(DataError, match="no file matches"):
        dataset(str(tmp_path / "*"))
    with pytest.raises(ParameterError, match="needs a schema"):
        dataset(pattern, schema=None)


def test_record_batches(pattern):
    factory = data_accessor().record_batch_factory
    batches = list(factory([pattern], RecordBatchesOptions(batch_size=8, num_epochs=2), SCHEMA))
    assert [len(batch) for batch in batches] == [8, 8, 4] * 2
    assert batches[0].schema.names == ["number", "weight", "label"]
    assert batches[0]["weight"].to_pylist()[:2] == [None, [0.5, 1.0]]
    whole = factory(pattern, RecordBatchesOptions(batch_size=8, num_epochs=1, drop_final_batch=True))
    assert [len(batch) for batch in whole] == [8, 8]
