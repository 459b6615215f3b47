"""Statistics that are in several parts, or in files of any form: what comes of them, and what is refused."""

import dataclasses

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy import fs
from argosy.data_validation import (
    DatasetStatistics,
    generate_statistics,
    load_sharded_statistics,
    load_statistics,
    merge_statistics,
    parse_options,
)
from argosy.data_validation.statistics import convert
from argosy.data_validation.statistics.files import whole_of
from argosy.data_validation.statistics.spec import CommonStatistics, CustomStatistic, FeatureStatistics
from argosy.errors import ArtifactError, DataError, ParameterError, StorageError
from argosy.examples.tfrecord import frame, open_gzip

ROWS = pa.record_batch(
    {
        "a": pa.array([[1], [2], None], pa.list_(pa.int64())),
        "b": pa.array([[b"x"], [b"y"], [b"x"]], pa.list_(pa.binary())),
        "c": pa.array([[1.0], [2.0, 3.0], [4.0]], pa.list_(pa.float32())),
    }
)
CROSSED = [["a", "c"]]
COMPUTED = generate_statistics([ROWS], options=parse_options({"slices": [{"b": None}], "feature_crosses": CROSSED}))
WHOLE = whole_of(convert.from_bytes(convert.to_bytes(COMPUTED)), "")
DATASETS = (dataclasses.replace(WHOLE, slices=()), *WHOLE.slices)


def pieces():
    """Each dataset without anything but one of its features, or its pairs of features."""
    for dataset in DATASETS:
        bare = dataclasses.replace(dataset, features=(), cross_features=())
        yield from (dataclasses.replace(bare, features=(feature,)) for feature in dataset.features)
        yield dataclasses.replace(bare, cross_features=dataset.cross_features)


def of_feature(**fields):
    return FeatureStatistics(**{"path": ("k",), "type": "INT", "common": CommonStatistics(), **fields})


def told(name, value):
    return (CustomStatistic(name=name, value=value),)


@given(st.permutations(list(pieces())), st.integers(0, len(list(pieces()))))
def test_pieces_in_any_order_and_any_groups_make_the_whole(parts, first):
    assert merge_statistics(parts) == WHOLE
    assert merge_statistics([merge_statistics(parts[:first]), merge_statistics(parts[first:])]) == WHOLE


def test_nothing_and_the_same_again_change_nothing():
    assert merge_statistics([]) == DatasetStatistics()
    assert merge_statistics([DatasetStatistics(), WHOLE, WHOLE]) == WHOLE
    assert merge_statistics([WHOLE.slices[0]]) == WHOLE.slices[0]


def test_custom_statistics_join_those_of_the_rows():
    rows = WHOLE.feature("a")
    custom = FeatureStatistics(path=("a",), type="INT", common=CommonStatistics(), custom_stats=told("k", 1.0))
    parts = [DatasetStatistics(num_examples=3, features=(one,)) for one in (custom, rows)]
    expected = dataclasses.replace(rows, custom_stats=(*rows.custom_stats, *custom.custom_stats))
    assert merge_statistics(parts).feature("a") == merge_statistics(parts[::-1]).feature("a") == expected


REFUSED = [
    (DatasetStatistics(num_examples=4), "num_examples is 3 and 4.*of other rows"),
    (DatasetStatistics(features=(dataclasses.replace(WHOLE.feature("b"), path=("a",)),)), "two parts have feature 'a'"),
    (
        DatasetStatistics(
            features=(
                dataclasses.replace(
                    WHOLE.feature("a"), common=dataclasses.replace(WHOLE.feature("a").common, num_missing=2)
                ),
            )
        ),
        "two parts have feature 'a'",
    ),
    (DatasetStatistics(features=(of_feature(custom_stats=told("k", 2.0)),)), "two parts have feature 'k'"),
]


@pytest.mark.parametrize(("other", "words"), REFUSED)
def test_parts_that_contradict_each_other_are_refused(other, words):
    custom = of_feature(custom_stats=told("k", 1.0))
    whole = dataclasses.replace(WHOLE, features=(*WHOLE.features, custom))
    for parts in ([whole, other], [other, whole]):
        with pytest.raises(DataError, match=words if "num_examples" not in words else "of other rows"):
            merge_statistics(parts)


def test_slices_without_the_whole_wait_for_it():
    assert merge_statistics(WHOLE.slices) == DatasetStatistics(slices=WHOLE.slices)
    assert merge_statistics([merge_statistics(WHOLE.slices), dataclasses.replace(WHOLE, slices=())]) == WHOLE


def records(*parts):
    return frame(pa.array([convert.to_bytes(part) for part in parts], pa.binary()))


def write_gzip(file, data):
    with file.open("wb") as raw, open_gzip(raw) as out:
        out.write(data)


def test_a_file_is_read_by_what_it_holds(tmp_path):
    binary, text, record, zipped = (tmp_path / name for name in ("binary", "text", "record", "zipped"))
    binary.write_bytes(convert.to_bytes(WHOLE))
    text.write_text(f"\n# By hand.\n{convert.to_text(WHOLE)}")
    record.write_bytes(records(WHOLE))
    write_gzip(zipped, records(*pieces()))
    for file in (binary, text, record, zipped):
        found = load_statistics(str(file))
        assert sorted(found.slices, key=lambda one: one.name) == list(WHOLE.slices), file
        assert dataclasses.replace(found, slices=WHOLE.slices) == WHOLE


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, StorageError, "No such file|not there|does not exist"),
        (b"", ArtifactError, "only of nothing"),
        (b"datasets { nmae: 'x' }", ArtifactError, "1:12.*nmae.*binary, text or TFRecord"),
        (b"\xff\xfe", ArtifactError, "binary, text or TFRecord"),
        (records(*WHOLE.slices), ArtifactError, "no statistics of 'All Examples' in it, only of b_x, b_y"),
        (records(WHOLE)[:-1], DataError, "ends within record 0"),
        (records(WHOLE, DatasetStatistics(num_examples=4)), DataError, "num_examples is 3 and 4"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, content, error, words):
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(error, match=words) as told_:
        load_statistics(str(file))
    assert str(file) in str(told_.value)


def test_shards_are_read_together(tmp_path, monkeypatch):
    parts = list(pieces())
    shards = [tmp_path / f"stats.tfrecords-{number:05}-of-00003" for number in range(3)]
    for number, shard in enumerate(shards):
        shard.write_bytes(records(*parts[number::2]) if number < 2 else b"")
    (tmp_path / "stats.tfrecords-backup").mkdir()
    found = load_sharded_statistics(f"{tmp_path}/stats.tfrecords")
    assert found.features == WHOLE.features
    assert found.cross_features == WHOLE.cross_features
    assert load_sharded_statistics(input_paths=[str(shard) for shard in shards]) == found
    assert load_sharded_statistics(f"file://{tmp_path}/stats.tfrecords") == found
    monkeypatch.chdir(tmp_path)
    assert load_sharded_statistics("stats.tfrecords") == found


def test_shards_on_a_store_are_those_beside_each_other(bucket):
    for folder in ("", "/older"):
        fs.write_bytes(f"{bucket}/run{folder}/stats-00000-of-00001", records(WHOLE))
    assert load_sharded_statistics(f"{bucket}/run/stats") == WHOLE


@pytest.mark.parametrize(
    ("shards", "error", "words"),
    [
        ([], ParameterError, "no file"),
        (["00000-of-00002"], ArtifactError, "1 files where their names say 2"),
        (["00000-of-00001", "00000-of-00002", "00001-of-00002"], ArtifactError, "3 files where their names say 2"),
        (["x-of-y"], ArtifactError, "1 files where their names say 0"),
    ],
)
def test_shards_that_are_not_those_of_one_run_are_refused(tmp_path, shards, error, words):
    for name in shards:
        (tmp_path / f"stats-{name}").write_bytes(records(WHOLE))
    with pytest.raises(error, match=words):
        load_sharded_statistics(f"{tmp_path}/stats")
    with pytest.raises(ParameterError, match="one of them"):
        load_sharded_statistics(f"{tmp_path}/stats", [f"{tmp_path}/stats"])
