import apache_beam as beam
import pyarrow as pa
import pytest

from argosy.errors import DataError, ParameterError
from argosy.examples.beam import (
    ReadExamples,
    RecordBatchCoder,
    WriteExamples,
    pipeline_options,
    row_counts,
    run_pipeline,
)
from argosy.examples.layout import shard_name
from argosy.examples.payload import SUFFIXES
from argosy.examples.read import read_examples
from argosy.examples.write import ExamplesWriter

pytestmark = pytest.mark.beam


def batch_of(*values):
    return pa.record_batch({"x": pa.array([[v] for v in values], pa.list_(pa.int64()))})


def write_shards(path, *shards, payload_format=""):
    for index, values in enumerate(shards):
        where = {"payload_format": payload_format, "shard": index, "shards": len(shards)}
        with ExamplesWriter(str(path), "train", **where) as writer:
            writer.write(batch_of(*values))


@pytest.mark.parametrize("payload", SUFFIXES)
def test_rows_in_are_rows_out(tmp_path, payload):
    write_shards(tmp_path / "in", range(10), [], range(10, 15), payload_format=payload)
    with run_pipeline() as pipeline:
        rows = pipeline | ReadExamples(str(tmp_path / "in"), "train", batch_size=4)
        _ = rows | WriteExamples(str(tmp_path / "out"), "train", payload_format=payload)
    assert row_counts(pipeline) == {"rows_read:train": 15, "rows_written:train": 15}
    read = [v for batch in read_examples(str(tmp_path / "out"), "train") for (v,) in batch.column("x").to_pylist()]
    assert sorted(read) == list(range(15))
    (file,) = (tmp_path / "out" / "Split-train").iterdir()
    assert file.name == shard_name(0, 1, payload_format=payload)


def test_two_workers_read_and_write_each_row_once(tmp_path):
    write_shards(tmp_path / "in", *(range(k, k + 7) for k in range(0, 70, 7)))
    args = ["--direct_running_mode=multi_threading", "--direct_num_workers=2"]
    with run_pipeline(args) as pipeline:
        rows = pipeline | ReadExamples(str(tmp_path / "in"), "train", columns=["x"])
        _ = rows | WriteExamples(str(tmp_path / "out"), "train", prefix="transformed_examples")
    read = [v for batch in read_examples(str(tmp_path / "out"), "train") for (v,) in batch.column("x").to_pylist()]
    assert sorted(read) == list(range(70))
    assert row_counts(pipeline)["rows_written:train"] == 70


@pytest.mark.parametrize("payload", SUFFIXES)
def test_no_rows_make_an_empty_file(tmp_path, payload):
    with run_pipeline() as pipeline:
        _ = pipeline | beam.Create([]) | WriteExamples(str(tmp_path), "eval", payload_format=payload)
    assert [p.name for p in (tmp_path / "Split-eval").iterdir()] == [shard_name(0, 1, payload_format=payload)]
    assert list(read_examples(str(tmp_path), "eval")) == []
    assert row_counts(pipeline) == {"rows_written:eval": 0}


def test_raw_records_come_along(tmp_path):
    write_shards(tmp_path, range(3))
    with run_pipeline() as pipeline:
        names = pipeline | ReadExamples(str(tmp_path), "train", with_raw=True) | beam.Map(lambda b: b.schema.names)
        _ = names | beam.Map(_check_equal, expected=["x", "__raw_record__"])


@pytest.mark.parametrize("payload", ["FORMAT_PARQUET", "FORMAT_TF_SEQUENCE_EXAMPLE"])
def test_a_feature_list_is_refused_by_name_unless_it_is_not_read(tmp_path, payload):
    steps = pa.array([[[1]], None], pa.list_(pa.list_(pa.int64())))
    with ExamplesWriter(str(tmp_path), "train", payload_format=payload) as writer:
        writer.write(pa.record_batch({"steps": steps, "x": pa.array([[1], [2]], pa.list_(pa.int64()))}))
    with run_pipeline() as pipeline:
        _ = pipeline | ReadExamples(str(tmp_path), "train", columns=["x"])
    assert row_counts(pipeline) == {"rows_read:train": 2}
    message = r"Split-train/.*: 'steps' is a feature list of a tf\.SequenceExample .*, which this step cannot take"
    with pytest.raises(DataError, match=message), run_pipeline() as pipeline:
        _ = pipeline | ReadExamples(str(tmp_path), "train")


def _check_equal(found, expected):
    if found != expected:
        raise AssertionError((found, expected))


def test_our_errors_arrive_as_themselves(tmp_path):
    write_shards(tmp_path, range(3))
    (file,) = (tmp_path / "Split-train").iterdir()
    file.write_bytes(file.read_bytes()[:-3])
    for args in ([], ["--direct_running_mode=multi_threading", "--direct_num_workers=2"]):
        with pytest.raises(DataError, match=r"write or copy it again$"), run_pipeline(args) as pipeline:
            _ = pipeline | ReadExamples(str(tmp_path), "train")


def test_other_errors_stay_what_they_are():
    with pytest.raises(ZeroDivisionError), run_pipeline() as pipeline:
        _ = pipeline | beam.Create([0]) | beam.Map(lambda x: 1 / x)


def test_the_coder_carries_a_slice_only():
    batch = batch_of(*range(10_000))
    encoded = RecordBatchCoder().encode(batch.slice(10, 5))
    assert RecordBatchCoder().decode(encoded).equals(batch.slice(10, 5))
    assert len(encoded) < 2_000
    assert isinstance(beam.coders.registry.get_coder(pa.RecordBatch), RecordBatchCoder)


def test_slices_go_through_a_shuffle_whole(tmp_path):
    batch = batch_of(*range(100))
    with run_pipeline() as pipeline:
        starts = pipeline | beam.Create([0, 30, 60])
        parts = starts | beam.Map(batch.slice, 30).with_output_types(pa.RecordBatch) | beam.Reshuffle()
        _ = parts | WriteExamples(str(tmp_path), "train")
    read = [v for batch in read_examples(str(tmp_path), "train") for (v,) in batch.column("x").to_pylist()]
    assert sorted(read) == list(range(90))


def test_an_option_that_beam_does_not_know_is_said(caplog):
    pipeline_options(["--direct_num_worker=2", "--experiments=x"])
    messages = [record.getMessage() for record in caplog.records if record.name == "argosy.examples"]
    assert len(messages) == 1
    assert "Beam knows no option --direct_num_worker;" in messages[0]


@pytest.mark.parametrize(
    ("arg", "message"),
    [
        ("--direct_num_workers=x", "argument --direct_num_workers: invalid int value: 'x'; mend the option"),
        ("--direct_running_mode=foo", "argument --direct_running_mode: invalid choice: 'foo'"),
        ("--help", "a step shows no help"),
        ("--runner=Nope", "Unexpected pipeline runner: Nope"),
        ("--runner=no.such.Runner", "No module named 'no'"),
    ],
)
def test_a_value_that_beam_does_not_know_is_the_users_error_and_does_not_end_the_process(capfd, arg, message):
    with pytest.raises(ParameterError, match=f"beam_pipeline_args: {message}"), run_pipeline([arg]):
        pass
    assert capfd.readouterr() == ("", "")


def test_the_runner_is_in_this_process_unless_one_is_named():
    ours = pipeline_options(["--direct_num_workers=2"]).get_all_options()
    assert (ours["runner"], ours["direct_running_mode"], ours["direct_num_workers"]) == ("FnApiRunner", "in_memory", 2)
    theirs = pipeline_options(["--runner=FlinkRunner"]).get_all_options(drop_default=True)
    assert theirs == {"runner": "FlinkRunner"}
    with pytest.raises(ParameterError, match="'direct_num_workers=2' is not an option"):
        pipeline_options(["direct_num_workers=2"])
