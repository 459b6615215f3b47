"""Statistics that TFDV wrote in shards: we read of them what TFDV reads."""

import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]


def test_shards_of_tfdv_hold_for_us_what_they_hold_for_tfdv(peer, rows_of, written, tmp_path):
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import statistics_pb2

    from argosy.data_validation import load_sharded_statistics
    from argosy.data_validation.statistics import convert

    columns = {
        "island": ("BYTES", [b"Dream", b"Mars", b"Dream"]),
        "year": ("INT", [7, None, 9]),
        "x": ("FLOAT", [1.5] * 3),
    }
    examples, _ = written(rows_of(columns))
    prefix = str(tmp_path / "stats.tfrecords")
    told = peer("write_shards", files=f"{examples}/Split-train/*", prefix=prefix)["read"]
    theirs = text_format.Parse(told, statistics_pb2.DatasetFeatureStatisticsList())
    found = load_sharded_statistics(prefix)
    ours = {one.name: one for one in (found, *found.slices)}
    assert set(ours) == {"All Examples", "island_Dream", "island_Mars"}
    for dataset in map(convert.from_proto, theirs.datasets):
        mine = ours.pop(dataset.name)
        assert mine.num_examples == dataset.num_examples
        assert mine.features == tuple(sorted(dataset.features, key=lambda feature: feature.path))
    assert not ours
