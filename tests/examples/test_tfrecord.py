import gzip
import struct

import pyarrow as pa
import pytest

from argosy.errors import DataError, StorageError
from argosy.examples.tfrecord import frame, masked_crc, read_records


def records_of(count):
    return pa.array([b"%d" % k * (k % 7) for k in range(count)], pa.binary())


def read(path, **options):
    return [record for batch in read_records(str(path), **options) for record in batch.to_pylist()]


def by_hand(records):
    out = b""
    for record in records:
        head = struct.pack("<Q", len(record))
        out += head + struct.pack("<I", masked_crc(head)) + record + struct.pack("<I", masked_crc(record))
    return out


def test_frame_is_the_format():
    records = records_of(300)
    assert frame(records) == by_hand(records.to_pylist())
    assert frame(records.slice(7, 20)) == by_hand(records.to_pylist()[7:27])
    assert frame(records[:0]) == b""


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_read_gives_the_records_in_batches(tmp_path, compress):
    path = tmp_path / "x"
    path.write_bytes(compress(frame(records_of(25))))
    assert [len(batch) for batch in read_records(str(path), batch_size=10)] == [10, 10, 5]
    assert read(path, batch_size=10) == records_of(25).to_pylist()


def test_records_larger_than_a_chunk(tmp_path):
    large = pa.array([b"a" * 9_000_000, b"", b"b" * 5_000_000], pa.binary())
    (tmp_path / "x").write_bytes(gzip.compress(frame(large), 1))
    assert read(tmp_path / "x") == large.to_pylist()


def test_large_batches_are_given_before_they_are_full(tmp_path):
    many = pa.array([b"a" * 30_000_000] * 5, pa.binary())
    (tmp_path / "x").write_bytes(frame(many))
    assert [len(batch) for batch in read_records(str(tmp_path / "x"))] == [3, 2]


def test_an_empty_file_has_no_records(tmp_path):
    (tmp_path / "x").write_bytes(b"")
    (tmp_path / "y").write_bytes(gzip.compress(b""))
    assert read(tmp_path / "x") == read(tmp_path / "y") == []


def test_a_truncated_file_is_refused_with_file_and_record(tmp_path):
    content = frame(records_of(5))
    ends = [len(frame(records_of(count))) for count in range(6)]
    for cut in range(1, len(content)):
        (tmp_path / "x").write_bytes(content[:cut])
        if cut in ends:
            assert frame(pa.array(read(tmp_path / "x"), pa.binary())) == content[:cut]
            continue
        with pytest.raises(DataError, match=rf"file {tmp_path}/x: ends within record \d"):
            read(tmp_path / "x")


def test_a_truncated_gzip_stream_is_refused(tmp_path):
    content = gzip.compress(frame(records_of(500)))
    for cut in (3, 12, len(content) // 2, len(content) - 5, len(content) - 1):
        (tmp_path / "x").write_bytes(content[:cut])
        with pytest.raises(DataError, match="not a whole gzip stream"):
            read(tmp_path / "x")


def test_a_gzip_file_without_a_byte_was_never_written(tmp_path):
    (tmp_path / "x.gz").write_bytes(b"")
    with pytest.raises(DataError, match=r"x.gz: not a whole gzip stream \(the file is empty\)"):
        read(tmp_path / "x.gz")
    (tmp_path / "plain").write_bytes(b"")
    assert read(tmp_path / "plain") == []


def test_a_damaged_gzip_stream_is_refused(tmp_path):
    content = bytearray(gzip.compress(frame(records_of(500))))
    for at in (12, len(content) // 2, len(content) - 6):
        damaged = bytes(content[:at]) + bytes([content[at] ^ 0x55]) + bytes(content[at + 1 :])
        (tmp_path / "x").write_bytes(damaged)
        with pytest.raises(DataError, match=f"file {tmp_path}/x: "):
            read(tmp_path / "x")


def test_any_damaged_byte_is_refused_with_its_record(tmp_path):
    content = frame(records_of(4))
    for at in range(len(content)):
        (tmp_path / "x").write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(DataError, match=r"record \d \(from 0\): the checksum of its (length|bytes)"):
            read(tmp_path / "x")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(StorageError, match="none"):
        read(tmp_path / "none")


@pytest.mark.tf
def test_tensorflow_reads_and_writes_the_same_files(tmp_path):
    import tensorflow as tf

    records = records_of(50)
    (tmp_path / "ours.gz").write_bytes(gzip.compress(frame(records)))
    theirs = tf.data.TFRecordDataset(str(tmp_path / "ours.gz"), compression_type="GZIP")
    assert list(theirs.as_numpy_iterator()) == records.to_pylist()
    with tf.io.TFRecordWriter(str(tmp_path / "theirs"), "GZIP") as writer:
        for record in records.to_pylist():
            writer.write(record)
    assert read(tmp_path / "theirs") == records.to_pylist()
