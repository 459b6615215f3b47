import dataclasses
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from argosy.data_validation import generate_statistics, parse_options, read_statistics
from argosy.data_validation.beam import write_split_statistics
from argosy.data_validation.statistics.files import read_statistics_file, write_statistics
from argosy.data_validation.statistics.generate import dataset_accumulator
from argosy.examples import write_examples
from argosy.examples.layout import shard_name

pytestmark = pytest.mark.beam

ROWS, SHARDS = 3000, 4
OPTIONS = {"weight_feature": "w", "slices": [{"place": None}], "feature_crosses": "all", "label_feature": "place"}


def rows():
    rng = np.random.default_rng(5)
    numbers = [
        None if gone else [value] for value, gone in zip(rng.normal(size=ROWS), rng.random(ROWS) < 0.1, strict=True)
    ]
    return pa.record_batch(
        {
            "id": pa.array([[i] for i in range(ROWS)], pa.list_(pa.int64())),
            "place": pa.array([[rng.choice([b"a", b"b", b"c"])] for _ in range(ROWS)], pa.list_(pa.binary())),
            "w": pa.array([[value] for value in rng.integers(1, 5, ROWS)], pa.list_(pa.int64())),
            "x": pa.array(numbers, pa.list_(pa.float32())),
        }
    )


@pytest.fixture
def shards(tmp_path):
    """The rows, and the folder of an artifact that has them in several files."""
    batch = rows()
    return batch, in_shards(batch, tmp_path)


def in_shards(batch, tmp_path):
    folder = tmp_path / "examples" / "Split-train"
    folder.mkdir(parents=True)
    for index, part in enumerate(np.array_split(np.random.default_rng(1).permutation(batch.num_rows), SHARDS)):
        write_examples([batch.take(pa.array(part))], str(tmp_path / f"part{index}"), "train")
        (written,) = (tmp_path / f"part{index}" / "Split-train").iterdir()
        written.rename(folder / shard_name(index, SHARDS))
    return str(tmp_path / "examples")


def alike(left, right):
    """Equal, floats to 1e-9 relative."""
    if dataclasses.is_dataclass(left):
        return all(alike(getattr(left, f.name), getattr(right, f.name)) for f in dataclasses.fields(left))
    if isinstance(left, tuple):
        return len(left) == len(right) and all(alike(*pair) for pair in zip(left, right, strict=True))
    if isinstance(left, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    return left == right


@pytest.mark.parametrize("workers", [[], ["--direct_num_workers=2", "--direct_running_mode=multi_threading"]])
def test_any_sharding_and_two_workers_give_what_one_pass_gives(shards, tmp_path, workers):
    batch, examples = shards
    options = parse_options(OPTIONS)
    accumulator = dataset_accumulator(options=options)
    statistics = str(tmp_path / f"statistics{len(workers)}")
    counts = write_split_statistics(
        examples, ["train"], statistics, accumulator=accumulator, beam_pipeline_args=workers
    )
    assert counts == {"train": ROWS}
    found = read_statistics(statistics, "train")
    assert Path(statistics, "Split-train", "FeatureStats.pb").stat().st_size > 1000
    assert [part.name for part in found.slices] == ["place_a", "place_b", "place_c"]
    assert sum(part.num_examples for part in found.slices) == ROWS
    expected = generate_statistics([batch], options=options)
    # Some numbers of the proto have 32 bits: both sides go through it.
    write = tmp_path / "expected.pb"
    write_statistics(expected, str(write))
    assert alike(found, read_statistics_file(str(write)))


@pytest.mark.parametrize("workers", [[], ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]])
def test_sketches_of_shards_keep_their_stated_errors(tmp_path, workers):
    """More distinct numbers and words than are kept exactly; two workers are two processes."""
    rng, rows = np.random.default_rng(7), 140_000
    numbers, words = rng.random(rows, np.float32), rng.zipf(1.2, rows).astype("S")
    ends = pa.array(np.arange(rows + 1, dtype=np.int32))
    columns = {
        "n": pa.ListArray.from_arrays(ends, pa.array(numbers)),
        "s": pa.ListArray.from_arrays(ends, pa.array(words.tolist(), pa.binary())),
    }
    accumulator = dataset_accumulator(options=parse_options({"use_sketch_based_topk_uniques": True}))
    statistics = str(tmp_path / "statistics")
    examples = in_shards(pa.record_batch(columns), tmp_path)
    counts = write_split_statistics(
        examples, ["train"], statistics, accumulator=accumulator, beam_pipeline_args=workers
    )
    found = read_statistics(statistics, "train")
    number, text = found.feature("n"), found.feature("s")
    assert counts == {"train": rows}
    assert found.num_examples == number.common.tot_num_values == text.common.tot_num_values == rows
    assert number.numeric is not None
    assert text.strings is not None
    quantiles, ordered = number.numeric.histogram("QUANTILES"), np.sort(numbers)
    assert quantiles is not None
    assert number.numeric.mean == pytest.approx(float(numbers.astype(np.float64).mean()), rel=1e-9)
    for place, bucket in enumerate(quantiles.buckets, start=1):
        assert abs(np.searchsorted(ordered, bucket.high) / rows - place / 10) <= stated(number, "quantiles_rank_error")
    values, frequencies = np.unique(words, return_counts=True)
    true = dict(zip(values.tolist(), frequencies.tolist(), strict=True))
    assert stated(text, "top_values_count_error") < rows / 500
    for entry in text.strings.top_values:
        assert 0 <= true[entry.value.encode()] - entry.frequency <= stated(text, "top_values_count_error")
    assert text.strings.unique == pytest.approx(len(values), rel=4 * stated(text, "unique_relative_error"))


def stated(feature, name):
    error = feature.custom(name)
    assert isinstance(error, float)
    assert error > 0
    return error


def test_a_sample_counts_the_rows_that_it_chose(shards, tmp_path):
    _, examples = shards
    accumulator = dataset_accumulator(options=parse_options({"sample_rate_by_split": {"train": 0.5}}))
    counts = write_split_statistics(examples, ["train"], str(tmp_path / "s"), accumulator=accumulator)
    assert 1300 < counts["train"] < 1700
    assert read_statistics(str(tmp_path / "s"), "train").num_examples == counts["train"]


def test_only_the_columns_that_are_needed_are_read(shards, tmp_path):
    _, examples = shards
    options = parse_options({"feature_allowlist": ["x"], "weight_feature": "w"})
    write_split_statistics(examples, ["train"], str(tmp_path / "s"), accumulator=dataset_accumulator(options=options))
    found = read_statistics(str(tmp_path / "s"), "train")
    assert found.names() == ("x",)
    assert found.weighted_num_examples > ROWS
