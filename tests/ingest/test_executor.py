import collections
import json
from pathlib import Path

import pyarrow as pa
import pytest

from argosy.artifacts import Examples, Output
from argosy.errors import DataError, ParameterError
from argosy.examples.layout import split_names
from argosy.examples.read import read_examples
from argosy.examples.write import write_examples
from argosy.ingest.beam import accounted
from argosy.ingest.executor import example_gen
from argosy.ingest.row_hash import hash_rows
from argosy.ingest.source import resolve_source

pytestmark = pytest.mark.beam

PENGUINS = Path(__file__).parents[2] / "pipelines" / "penguins" / "data"


def run(tmp_path, **parameters):
    path = tmp_path / "out"
    path.mkdir()
    examples: Output[Examples] = Output(uri=str(path), path=str(path), name="examples")
    example_gen(examples, **parameters)
    return examples


def folder_of(tmp_path, **files):
    folder = tmp_path / "in"
    for name, content in files.items():
        file = folder / f"{name.replace('__', '/')}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(folder)


def values_of(examples, split, column):
    batches = read_examples(examples.path, split, columns=[column])
    return [value for batch in batches for value in batch.column(column).to_pylist()]


def test_penguins(tmp_path):
    fingerprint = resolve_source({"input_base": str(PENGUINS)})["fingerprint"]
    examples = run(tmp_path, input_base=str(PENGUINS), span=7, fingerprint=fingerprint)
    assert examples.metadata == {
        "split_names": '["train", "eval"]',
        "num_examples": '{"train": 235, "eval": 109}',
        "num_input_rows": 344,
        "span": 7,
        "payload_format": "FORMAT_TF_EXAMPLE",
        "file_format": "FORMAT_TFRECORDS_GZIP",
        "input_base": str(PENGUINS),
        "input_fingerprint": fingerprint,
    }
    (train,) = read_examples(examples.path, "train")
    assert {name: str(train.schema.field(name).type.value_type) for name in train.schema.names} == {
        "species": "binary",
        "island": "binary",
        "bill_length_mm": "float",
        "bill_depth_mm": "float",
        "flipper_length_mm": "int64",
        "body_mass_g": "int64",
        "sex": "binary",
        "year": "int64",
    }
    assert (
        sum(train.column(name).null_count for name in train.schema.names)
        + sum(values_of(examples, "eval", name).count(None) for name in train.schema.names)
        == 19
    )
    assert set((hash_rows(train) % 3).tolist()) == {0, 1}
    species = values_of(examples, "train", "species") + values_of(examples, "eval", "species")
    assert collections.Counter(v for (v,) in species) == {b"Adelie": 152, b"Gentoo": 124, b"Chinstrap": 68}


def test_parquet_holds_the_same_rows_in_the_same_splits(tmp_path):
    (tmp_path / "a").mkdir()
    records = run(tmp_path / "a", input_base=str(PENGUINS))
    parquet = run(tmp_path, input_base=str(PENGUINS), payload_format="FORMAT_PARQUET")
    assert (parquet.metadata["payload_format"], parquet.metadata["file_format"]) == (
        "FORMAT_PARQUET",
        "FILE_FORMAT_PARQUET",
    )
    assert parquet.metadata["num_examples"] == records.metadata["num_examples"]
    files = sorted(str(file.relative_to(parquet.path)) for file in Path(parquet.path).rglob("*.*"))
    assert files == [f"Split-{split}/data_parquet-00000-of-00001.parquet" for split in ("eval", "train")]
    for split in ("train", "eval"):
        (expected,) = read_examples(records.path, split)
        (found,) = read_examples(parquet.path, split)
        assert found.equals(expected)
    with pytest.raises(ParameterError, match="payload_format: 'parquet' is none"):
        run(tmp_path / "a" / "out", input_base=str(PENGUINS), payload_format="parquet")


def test_sequences_are_dealt_whole_and_stay_sequences(tmp_path):
    steps = pa.array([[[n], None, [n, 1]] if n % 3 else None for n in range(60)], pa.list_(pa.list_(pa.int64())))
    ids = pa.array([[n] for n in range(60)], pa.list_(pa.int64()))
    for name, columns in (("both", {"id": ids, "steps": steps}), ("only", {"steps": steps})):
        write_examples([pa.record_batch(columns)], str(tmp_path), name, payload_format="FORMAT_TF_SEQUENCE_EXAMPLE")
        (tmp_path / name).mkdir()
        made = run(tmp_path / name, input_base=str(tmp_path / f"Split-{name}"))
        assert made.metadata["payload_format"] == "FORMAT_TF_SEQUENCE_EXAMPLE"
        counts = json.loads(made.metadata["num_examples"])
        assert sum(counts.values()) == 60
        assert min(counts.values()) > (0 if name == "only" else 10)
        found = values_of(made, "train", "steps") + values_of(made, "eval", "steps")
        assert sorted(found, key=str) == sorted(steps.to_pylist(), key=str)
    with pytest.raises(DataError, match=r"'steps' is a feature list of a tf.SequenceExample.*FORMAT_PARQUET"):
        run(tmp_path, input_base=str(tmp_path / "Split-both"), payload_format="FORMAT_TF_EXAMPLE")


def test_the_fingerprint_is_taken_where_none_is_given(tmp_path):
    examples = run(tmp_path, input_base=str(PENGUINS))
    assert examples.metadata["input_fingerprint"] == resolve_source({"input_base": str(PENGUINS)})["fingerprint"]


def test_files_that_changed_since_the_driver_looked_are_refused(tmp_path):
    base = folder_of(tmp_path, a="x\n1\n")
    seen = resolve_source({"input_base": base})["fingerprint"]
    folder_of(tmp_path, a="x\n2\n")
    with pytest.raises(DataError, match=r"input_base .*have changed since; run it again"):
        run(tmp_path, input_base=base, fingerprint=seen)
    assert not list((tmp_path / "out").iterdir())


def test_several_files_are_one_input(tmp_path):
    header = "id,x\n"
    files = {f"f{k}": header + "".join(f"{i},{i / 2}\n" for i in range(k * 100, k * 100 + 100)) for k in range(3)}
    base = folder_of(tmp_path, **files, g=header)
    examples = run(tmp_path, input_base=base)
    ids = [v for split in ("train", "eval") for (v,) in values_of(examples, split, "id")]
    assert sorted(ids) == list(range(300))
    rows = json.loads(examples.metadata["num_examples"])
    assert sum(rows.values()) == 300
    assert 150 < rows["train"] < 250


def test_a_row_lies_in_the_same_split_whatever_is_around_it(tmp_path):
    lines = [f"{i},{i % 7}\n" for i in range(200)]
    one = folder_of(tmp_path / "1", a="id,x\n" + "".join(lines))
    two = folder_of(tmp_path / "2", a="id,x\n" + "".join(reversed(lines[:70])), b="id,x\n" + "".join(lines[70:]))
    first, second = run(tmp_path / "1", input_base=one), run(tmp_path / "2", input_base=two)
    for split in ("train", "eval"):
        assert sorted(values_of(first, split, "id")) == sorted(values_of(second, split, "id"))


def test_output_splits_by_buckets_and_finer_ones_leave_the_others_alone(tmp_path):
    base = folder_of(tmp_path, a="id\n" + "".join(f"{i}\n" for i in range(500)))

    def with_splits(name, *splits):
        (tmp_path / name).mkdir()
        config = {"split_config": {"splits": [{"name": n, "hash_buckets": b} for n, b in splits]}}
        return run(tmp_path / name, input_base=base, output_config=config)

    coarse = with_splits("coarse", ("train", 6), ("rest", 4))
    fine = with_splits("fine", ("train", 6), ("eval", 3), ("test", 1))
    assert json.loads(fine.metadata["split_names"]) == ["train", "eval", "test"]
    assert split_names(fine.path) == ["eval", "test", "train"]
    assert values_of(coarse, "train", "id") == values_of(fine, "train", "id")
    assert sorted(values_of(coarse, "rest", "id")) == sorted(
        values_of(fine, "eval", "id") + values_of(fine, "test", "id")
    )


def test_a_partition_feature_keeps_its_groups_together(tmp_path):
    base = folder_of(tmp_path, a="user,n\n" + "".join(f"u{i % 40},{i}\n" for i in range(400)))
    config = {"split_config": {"partition_feature_name": "user"}}
    examples = run(tmp_path, input_base=base, output_config=config)
    train, other = ({v for (v,) in values_of(examples, split, "user")} for split in ("train", "eval"))
    assert len(train) + len(other) == 40
    assert not train & other
    assert other


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ("none", "no such column; found x, y, z"),
        ("y", "missing in 1 rows; choose a feature that every row has"),
        ("z", "its values are floats"),
    ],
)
def test_a_partition_feature_that_cannot_be_one(tmp_path, feature, message):
    base = folder_of(tmp_path, a="x,y,z\n1,,1.5\n2,2,2.5\n")
    with pytest.raises(DataError, match=f"partition_feature_name '{feature}', file .*a.csv: {message}"):
        run(tmp_path, input_base=base, output_config={"split_config": {"partition_feature_name": feature}})


def test_input_splits_are_the_output_splits_and_share_their_types(tmp_path):
    base = folder_of(tmp_path, train__a="x,y\n1,\n2,\n", train__b="x,y\n3,\n", test__a="x,y\n1.5,k\n")
    config = {"splits": [{"name": "train", "pattern": "train/*"}, {"name": "test", "pattern": "test/*"}]}
    examples = run(tmp_path, input_base=base, input_config=config)
    assert json.loads(examples.metadata["num_examples"]) == {"train": 3, "test": 1}
    (train,) = read_examples(examples.path, "train")
    assert train.column("x").type == pa.list_(pa.float32())
    assert sorted(train.column("x").to_pylist()) == [[1.0], [2.0], [3.0]]
    assert values_of(examples, "test", "y") == [[b"k"]]


def test_types_are_those_of_all_input_splits_and_given_ones_win(tmp_path):
    base = folder_of(tmp_path, train__a="x,y\n1,\n2,7\n", test__a="x,y\nk,1.5\n")
    config = {"splits": [{"name": "train", "pattern": "train/*"}, {"name": "test", "pattern": "test/*"}]}
    inferred = run(tmp_path, input_base=base, input_config=config)
    assert (values_of(inferred, "train", "x"), values_of(inferred, "test", "x")) == ([[b"1"], [b"2"]], [[b"k"]])
    assert (values_of(inferred, "train", "y"), values_of(inferred, "test", "y")) == ([None, [7.0]], [[1.5]])
    (tmp_path / "given").mkdir()
    given = run(tmp_path / "given", input_base=base, input_config=config, types={"y": "bytes"})
    assert (values_of(given, "train", "y"), values_of(given, "test", "y")) == ([None, [b"7"]], [[b"1.5"]])
    with pytest.raises(DataError, match=r"test/a.csv, line 2, column 'x': 'k' is not of type int; mend it, give the"):
        run(tmp_path / "given" / "out", input_base=base, input_config=config, types={"x": "int"})


def test_two_workers_give_the_same_rows(tmp_path):
    files = {f"f{k}": "id\n" + "".join(f"{i}\n" for i in range(k * 50, k * 50 + 50)) for k in range(6)}
    base = folder_of(tmp_path, **files)
    args = ["--direct_running_mode=multi_threading", "--direct_num_workers=2"]
    (tmp_path / "two").mkdir()
    one, two = run(tmp_path, input_base=base), run(tmp_path / "two", input_base=base, beam_pipeline_args=args)
    assert one.metadata == two.metadata
    for split in ("train", "eval"):
        assert sorted(values_of(one, split, "id")) == sorted(values_of(two, split, "id"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": ""}, "a.csv is empty; each file needs a header"),
        ({"a": "x,y\n"}, "a.csv has a header and no rows"),
        ({"a": "x,y\n1,2\n3\n"}, "a.csv, line 3: 1 value where the header has 2"),
        ({"a": b"x,y\n1,\xff\n"}, "a.csv, line 2: not UTF-8"),
        ({"a": "x,y\n1,2\n", "b": "x,z\n1,2\n"}, "a.csv and .*b.csv have different headers: only the first has y"),
        ({"a": "x,x\n1,2\n"}, "two columns are named 'x'"),
        ({"a": "x\n1.5\ninf\n1e400\n"}, "a.csv, line 4, column 'x': '1e400' is not of type float, of 32 bits"),
        ({"a": 'x,y\n1,"2\n'}, "line 2: a quote is opened and never closed"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_written(tmp_path, files, message):
    base = folder_of(tmp_path, **files)
    with pytest.raises(DataError, match=message) as caught:
        run(tmp_path, input_base=base)
    assert "while running" not in str(caught.value)
    assert list((tmp_path / "out").rglob("*.gz")) == []


def test_a_late_value_that_is_of_another_type_has_everything_read_again(tmp_path, caplog):
    rows = 200_000
    base = folder_of(tmp_path, a="x,y\n" + "1,12345\n" * rows + "1.5,12345\n", b="x,y\n7,1\n")
    with caplog.at_level("INFO", "argosy.ingest"):
        examples = run(tmp_path, input_base=base)
    assert "a.csv, column 'x': the first rows say int, a later one says otherwise; reading all" in caplog.text
    assert sum(json.loads(examples.metadata["num_examples"]).values()) == rows + 2
    values = [v for split in ("train", "eval") for (v,) in values_of(examples, split, "x")]
    assert collections.Counter(values) == {1.0: rows, 1.5: 1, 7.0: 1}
    assert len(list((tmp_path / "out").rglob("*"))) == 4


@pytest.mark.parametrize(("read", "written"), [(9, 10), (10, 9), (11, 11)])
def test_a_row_that_is_lost_or_read_twice_is_a_bug(read, written):
    counts = {"files_read": 1, "rows_scanned": 10, "rows_read": 10, "rows_written:train": 6, "rows_written:eval": 4}
    assert accounted(counts, ["train", "eval"], files=1) == (10, {"train": 6, "eval": 4})
    with pytest.raises(RuntimeError, match="10 rows typed"):
        accounted({**counts, "rows_read": read, "rows_written:train": written - 4}, ["train", "eval"], files=1)


def test_a_file_that_is_lost_or_read_twice_is_a_bug():
    counts = {"files_read": 2, "rows_read": 10, "rows_written:train": 10}
    assert accounted(counts, ["train"], files=2, sampled=True) == (10, {"train": 10})
    for files in (1, 3):
        with pytest.raises(RuntimeError, match=f"{files} files, 2 read"):
            accounted(counts, ["train"], files=files, sampled=True)
    with pytest.raises(RuntimeError, match="11 rows read"):
        accounted({**counts, "rows_read": 11}, ["train"], files=2, sampled=True)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        run(tmp_path, input_base=str(tmp_path / "none"))


def test_a_range_without_a_span(tmp_path):
    with pytest.raises(ParameterError, match="SPAN"):
        run(tmp_path, input_base=str(PENGUINS), range_config={"rolling_range": {"num_spans": 1}})


def test_what_the_driver_chose_is_read_although_something_newer_has_come(tmp_path):
    files = {f"s2__v{version}__a": "version\n" + f"{version}\n" * 9 for version in (0, 1)}
    base = folder_of(tmp_path, **files)
    config = {"splits": [{"name": "all", "pattern": "s{SPAN}/v{VERSION}/*"}]}
    found = resolve_source({"input_base": base, "input_config": config})
    folder_of(tmp_path, s2__v2__a="version\n9\n", s3__v0__a="version\n9\n")
    examples = run(tmp_path, input_base=base, input_config=config, **found)
    assert (examples.metadata["span"], examples.metadata["version"]) == (2, 1)
    assert examples.metadata["input_fingerprint"] == found["fingerprint"]
    versions = [v for split in ("train", "eval") for (v,) in values_of(examples, split, "version")]
    assert versions == [1] * 9
