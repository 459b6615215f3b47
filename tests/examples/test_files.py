"""Layout, reading and writing of an Examples artifact."""

import itertools
from pathlib import Path

import pyarrow as pa
import pytest

from argosy import examples
from argosy.errors import ArtifactError, DataError, StorageError
from argosy.examples.layout import split_files, split_names, split_path
from argosy.examples.read import read_examples, read_file
from argosy.examples.tfrecord import frame
from argosy.examples.write import ExamplesWriter, write_examples


def batch_of(*values):
    return pa.record_batch({"x": pa.array([[v] for v in values], pa.list_(pa.int64()))})


def values_in(path, split, **options):
    return [v for batch in read_examples(path, split, **options) for v in batch.column("x").to_pylist()]


def test_what_is_written_is_read(tmp_path):
    path = str(tmp_path / "examples")
    assert write_examples([batch_of(1, 2), batch_of(3)], path, "train") == 3
    assert split_files(path, "train") == [f"{path}/Split-train/data_tfrecord-00000-of-00001.gz"]
    assert values_in(path, "train", batch_size=2) == [[1], [2], [3]]
    assert split_names(path) == ["train"]


def test_equal_rows_give_equal_files(tmp_path):
    for name in ("a", "b"):
        write_examples([batch_of(*range(100))], str(tmp_path / name), "train")
    first, second = (tmp_path / name / "Split-train" / "data_tfrecord-00000-of-00001.gz" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes()[4:8] == bytes(4), "the gzip header must not hold the time"


def test_a_large_batch_is_encoded_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("argosy.examples.write._BATCH_BYTES", 100)
    pieces = []

    def framed(records):
        pieces.append(len(records))
        return frame(records)

    monkeypatch.setattr("argosy.examples.write.frame", framed)
    assert write_examples([batch_of(*range(101))], str(tmp_path), "train") == 101
    assert values_in(str(tmp_path), "train") == [[v] for v in range(101)]
    assert len(pieces) > 5


def test_shards_and_prefix(tmp_path):
    for shard in (1, 0):
        with ExamplesWriter(str(tmp_path), "eval", prefix="transformed_examples", shard=shard, shards=2) as writer:
            writer.write(batch_of(shard))
    assert [f.rsplit("/", 1)[1] for f in split_files(str(tmp_path), "eval")] == [
        "transformed_examples-00000-of-00002.gz",
        "transformed_examples-00001-of-00002.gz",
    ]
    assert values_in(str(tmp_path), "eval") == [[0], [1]]


def test_nothing_is_left_of_a_file_that_failed(tmp_path):
    def batches():
        yield batch_of(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_examples(batches(), str(tmp_path), "train")
    assert list((tmp_path / "Split-train").iterdir()) == []


def test_a_split_without_rows_is_a_file_without_records(tmp_path):
    assert write_examples([], str(tmp_path), "eval") == 0
    assert values_in(str(tmp_path), "eval") == []


def test_the_raw_record_comes_along(tmp_path):
    write_examples([batch_of(1, 2)], str(tmp_path), "train")
    (batch,) = read_file(split_files(str(tmp_path), "train")[0], columns=[], with_raw=True)
    assert batch.schema.names == ["__raw_record__"]
    assert batch.column(0).equals(examples.encode_examples(batch_of(1, 2)))


def test_a_shard_that_is_missing_is_not_passed_over(tmp_path):
    for shard in (0, 2):
        with ExamplesWriter(str(tmp_path), "eval", shard=shard, shards=3) as writer:
            writer.write(batch_of(shard))
    with pytest.raises(ArtifactError, match="Split-eval: shard 00001 of 00003 is missing; run the step"):
        values_in(str(tmp_path), "eval")


def test_hidden_files_and_folders_are_no_data(tmp_path):
    write_examples([batch_of(1)], str(tmp_path), "train")
    (tmp_path / "Split-train" / ".marker").write_text("x")
    (tmp_path / "Split-train" / "_SUCCESS").write_text("x")
    (tmp_path / "Split-train" / "folder").mkdir()
    assert values_in(str(tmp_path), "train") == [[1]]


def test_what_is_not_there_is_named(tmp_path):
    write_examples([], str(tmp_path), "train")
    with pytest.raises(ArtifactError, match="no split 'trian'; did you mean 'train'"):
        split_files(str(tmp_path), "trian")
    with pytest.raises(ArtifactError, match="no such folder"):
        split_names(str(tmp_path / "none"))
    (tmp_path / "Split-void").mkdir()
    with pytest.raises(ArtifactError, match="no data file"):
        split_files(str(tmp_path), "void")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match="Split-<name>"):
        split_names(str(tmp_path / "empty"))


def test_a_file_of_other_records_is_refused_with_file_and_record(tmp_path):
    path = Path(split_path(str(tmp_path), "train"))
    path.mkdir()
    good = examples.encode_examples(batch_of(1))[0].as_py()
    (path / "data").write_bytes(frame(pa.array([good, good, good, b"hello"], pa.binary())))
    with pytest.raises(DataError, match=f"file {path}/data: record 3"):
        list(read_examples(str(tmp_path), "train", batch_size=3))


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        write_examples([], str(tmp_path / "file"), "train")


@pytest.mark.parametrize("payload", ["FORMAT_TF_EXAMPLE", "FORMAT_PARQUET"])
def test_long_reads_and_writes_say_how_far_they_are(tmp_path, monkeypatch, caplog, payload):
    caplog.set_level("INFO", "argosy.examples")
    clock = itertools.count(0, 3)
    monkeypatch.setattr("argosy.examples.progress.time.monotonic", lambda: next(clock))
    write_examples([batch_of(*range(100))] * 20, str(tmp_path), "train", payload_format=payload)
    written = [record.getMessage() for record in caplog.records]
    assert written[0].endswith(": 200 rows so far")
    assert written[-1].startswith(f"writing {tmp_path}, split train: ")
    caplog.clear()
    assert len(values_in(str(tmp_path), "train", batch_size=500)) == 2000
    of = " of 2,000" if payload == "FORMAT_PARQUET" else ""
    expected = [f"reading {tmp_path}, split train: {rows} rows{of} so far" for rows in ("1,000", "2,000")]
    assert [record.getMessage() for record in caplog.records] == expected


def test_the_package_gives_what_it_lists():
    assert all(callable(getattr(examples, name)) for name in examples.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = examples.nothing
