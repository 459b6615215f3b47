"""record_batch_factory over files of odd sizes: no row is lost where only a last batch may be left out."""

import pyarrow as pa
import pytest

from argosy.errors import DataError
from argosy.examples import ExamplesWriter, write_examples
from argosy.training import RecordBatchesOptions
from argosy.training.datasets import data_accessor
from argosy.training.whole_batches import whole_batches

pytestmark = pytest.mark.tf


def read(folder, schema=None, **options):
    chosen = RecordBatchesOptions(**{"num_epochs": 1, **options})
    return list(data_accessor().record_batch_factory(f"{folder}/Split-train/*", chosen, schema))


def numbers(*values):
    return pa.record_batch({"x": pa.array([[value] for value in values], pa.list_(pa.int64()))})


def test_large_rows_and_the_ends_of_files_leave_no_batch_out(tmp_path, monkeypatch):
    for shard, start in enumerate((0, 7, 14)):
        with ExamplesWriter(str(tmp_path), "train", shard=shard, shards=3) as writer:
            writer.write(numbers(*range(start, start + 7)))
    # As if each row were tens of megabytes.
    monkeypatch.setattr("argosy.examples.tfrecord._BATCH_BYTES", 60)
    batches = read(tmp_path, batch_size=5, drop_final_batch=True)
    assert [batch["x"].to_pylist() for batch in batches] == [[[n] for n in range(at, at + 5)] for at in (0, 5, 10, 15)]
    assert [len(batch) for batch in read(tmp_path, batch_size=5)] == [5, 5, 5, 5, 1]


def test_an_empty_split_ends(tmp_path):
    write_examples([], str(tmp_path), "train")
    assert sum(len(batch) for batch in read(tmp_path, batch_size=4, num_epochs=None)) == 0


def test_columns_that_some_rows_lack_are_missing_there():
    other = pa.record_batch({"x": pa.nulls(1), "y": pa.array([[1.5]], pa.list_(pa.float32()))})
    (batch,) = whole_batches([numbers(1), other], 2)
    assert batch.to_pydict() == {"x": [[1], None], "y": [None, [1.5]]}
    with pytest.raises(DataError, match=r"changes its type within a batch .*read the rows with a schema"):
        list(whole_batches([numbers(1), pa.record_batch({"x": pa.array([[1.5]])})], 2))
