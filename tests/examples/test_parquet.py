"""Parquet as the payload of Examples."""

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from argosy.errors import ArtifactError, DataError, ParameterError, StorageError
from argosy.examples.layout import split_files, split_payload
from argosy.examples.payload import payload_of
from argosy.examples.read import RAW_RECORD, known_rows, read_examples, read_file
from argosy.examples.write import ExamplesWriter, write_examples
from argosy.schema import Feature, Schema

PARQUET = "FORMAT_PARQUET"
INTS, TEXTS, FLOATS = pa.list_(pa.int64()), pa.list_(pa.binary()), pa.list_(pa.float32())
ROWS = {
    "n": pa.array([[0], None, [], [1, 2]], INTS),
    "s": pa.array([[b""], [b"a"], None, [b"\xff", b"b"]], TEXTS),
    "x": pa.array([[0.0], [-0.0], None, []], FLOATS),
    "steps": pa.array([[[1], None, []], None, [], [[]]], pa.list_(INTS)),
    "nothing": pa.nulls(4),
}


def written(folder, *batches, **options):
    write_examples(batches, str(folder), "all", payload_format=PARQUET, **options)
    (file,) = split_files(str(folder), "all")
    return Path(file)


def columns_of(folder, **options):
    batches = list(read_examples(str(folder), "all", **options))
    return {name: [v for one in batches for v in one.column(name).to_pylist()] for name in batches[0].schema.names}


def test_null_empty_and_zero_stay_three_things(tmp_path):
    batch = pa.record_batch(ROWS)
    file = written(tmp_path, batch)
    assert str(file).endswith("/Split-all/data_parquet-00000-of-00001.parquet")
    assert (payload_of(str(file)), split_payload(str(tmp_path), "all")) == (PARQUET, PARQUET)
    (again,) = read_examples(str(tmp_path), "all")
    assert again.equals(batch)
    assert known_rows([str(file)]) == 4


def test_the_file_is_as_others_expect_it(tmp_path):
    file = written(tmp_path, pa.record_batch(ROWS))
    with parquet.ParquetFile(file) as opened:
        group = opened.metadata.row_group(0)
        columns = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    assert columns["n.list.element"].physical_type == "INT64"
    assert {column.compression for column in columns.values()} == {"SNAPPY"}
    assert [path for path, column in columns.items() if column.has_dictionary_page] == ["s.list.element"]
    assert parquet.read_table(file).to_pydict() == pa.record_batch(ROWS).to_pydict()


def test_rows_come_in_groups_that_are_neither_small_nor_large(tmp_path):
    def batch(rows):
        return pa.record_batch({"x": _ints(rows)})

    file = written(tmp_path, *[batch(7_000)] * 10, batch(230_000))
    with parquet.ParquetFile(file) as opened:
        groups = [opened.metadata.row_group(at).num_rows for at in range(opened.num_row_groups)]
    assert sum(groups) == 300_000
    assert max(groups) <= 100_000
    assert min(groups[:-1]) >= 50_000


def _ints(rows):
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32)), pa.array(np.arange(rows)))


def test_wide_rows_come_in_smaller_groups(tmp_path, monkeypatch):
    monkeypatch.setattr("argosy.examples.parquet._GROUP_BYTES", 100_000)
    file = written(tmp_path, *[pa.record_batch({"x": _ints(20_000)})] * 3)
    with parquet.ParquetFile(file) as opened:
        assert 9 <= opened.num_row_groups <= 12


def test_what_a_later_batch_says_is_true_of_the_whole_file(tmp_path, monkeypatch):
    monkeypatch.setattr("argosy.examples.parquet._GROUP_ROWS", 1)
    first = pa.record_batch({"a": pa.array([[1]], INTS), "b": pa.nulls(1)})
    second = pa.record_batch({"c": pa.array([[b"x"]], TEXTS), "b": pa.array([[2]], INTS)})
    written(tmp_path, first, second, first)
    assert columns_of(tmp_path) == {"a": [[1], None, [1]], "b": [None, [2], None], "c": [None, [b"x"], None]}
    assert [file.name for file in (tmp_path / "Split-all").iterdir()] == ["data_parquet-00000-of-00001.parquet"]


@pytest.mark.parametrize("group_rows", [1, 50_000])
def test_a_column_of_two_types_is_refused_and_leaves_nothing(tmp_path, monkeypatch, group_rows):
    monkeypatch.setattr("argosy.examples.parquet._GROUP_ROWS", group_rows)
    ints, texts = pa.record_batch({"a": pa.array([[1]], INTS)}), pa.record_batch({"a": pa.array([[b"x"]], TEXTS)})
    with pytest.raises(DataError, match=r"of two types.*'?a'? has incompatible types"):
        written(tmp_path, ints, texts)
    assert list((tmp_path / "Split-all").iterdir()) == []


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1]), "'x' is int64; expected list"),
        (pa.array([["a"]]), "'x' is list<.*string>; expected list"),
        (pa.array([[1, None]], INTS), "'x' has a null inside a list"),
        (pa.array([[[None]]], pa.list_(INTS)), "'x' has a null inside a list"),
    ],
)
def test_what_rows_cannot_have_is_refused_as_in_a_tf_example(tmp_path, column, message):
    for payload in (PARQUET, "FORMAT_TF_SEQUENCE_EXAMPLE"):
        with pytest.raises(DataError, match=message):
            write_examples([pa.record_batch({"x": column})], str(tmp_path), "all", payload_format=payload)


def test_names_that_parquet_could_confuse(tmp_path):
    names = ["a", "a.b", "a.list.element", "", "Ünï", "a b"]
    batch = pa.record_batch({name: pa.array([[at]], INTS) for at, name in enumerate(names)})
    written(tmp_path, batch)
    assert columns_of(tmp_path) == {name: [[at]] for at, name in enumerate(names)}
    for at, name in enumerate(names):
        assert columns_of(tmp_path, columns=[name]) == {name: [[at]]}


def test_columns_that_are_not_asked_for_are_not_read(tmp_path):
    values = {name: _ints(1000) for name in ("a", "b")}
    file = written(tmp_path, pa.record_batch(values))
    with parquet.ParquetFile(file) as opened:
        at = opened.metadata.row_group(0).column(1).data_page_offset
    content = bytearray(file.read_bytes())
    content[at + 40 : at + 400] = bytes(360)
    file.write_bytes(content)
    assert columns_of(tmp_path, columns=["a"]) == {"a": values["a"].to_pylist()}
    with pytest.raises(DataError, match=r"data_parquet.*: cannot be read as Parquet \(.*; write or copy it again"):
        columns_of(tmp_path)


def test_a_schema_gives_order_and_types(tmp_path):
    written(tmp_path, pa.record_batch(ROWS))
    features = (Feature(name="none", type="BYTES"), Feature(name="n", type="FLOAT"), Feature(name="s", type="BYTES"))
    (batch,) = read_examples(str(tmp_path), "all", schema=Schema(features=features))
    assert batch.schema.names == ["none", "n", "s"]
    assert [batch.schema.field(name).type for name in batch.schema.names] == [TEXTS, FLOATS, TEXTS]
    assert batch.column("n").to_pylist() == [[0.0], None, [], [1.0, 2.0]]
    (batch,) = read_examples(str(tmp_path), "all", schema=Schema(features=features), columns=["s", "none"])
    assert batch.schema.names == ["s", "none"]
    with pytest.raises(ParameterError, match="columns: the schema has no feature 'nn'"):
        next(read_examples(str(tmp_path), "all", schema=Schema(features=features), columns=["nn"]))
    wrong = Schema(features=(Feature(name="x", type="BYTES"),))
    with pytest.raises(DataError, match=r"file .*: feature 'x' is list<.*float>, the schema says list<.*binary>"):
        next(read_examples(str(tmp_path), "all", schema=wrong))
    unknown = Schema(features=(Feature(name="x"),))
    with pytest.raises(ParameterError, match="'x' has the type TYPE_UNKNOWN in the schema; rows hold BYTES"):
        next(read_examples(str(tmp_path), "all", schema=unknown))


def test_each_row_can_come_as_a_tf_example_too(tmp_path):
    flat = pa.record_batch({name: ROWS[name] for name in ("n", "s", "x")})
    written(tmp_path / "parquet", flat)
    write_examples([flat], str(tmp_path / "records"), "all")
    found = []
    for folder in ("parquet", "records"):
        (batch,) = read_file(split_files(str(tmp_path / folder), "all")[0], columns=["x"], with_raw=True)
        assert batch.schema.names == ["x", RAW_RECORD]
        found.append(batch)
    assert found[0].equals(found[1])


def test_plain_columns_of_other_writers_are_lists_of_one(tmp_path):
    folder = tmp_path / "Split-all"
    folder.mkdir()
    table = pa.table(
        {
            "i": pa.array([1, None, 0], pa.int32()),
            "b": pa.array([True, False, None]),
            "d": pa.array([0.5, float("nan"), None], pa.float64()),
            "s": pa.array(["ä", "", None]),
            "t": pa.array(["a", "a", None]).dictionary_encode(),
            "l": pa.array([["a"], [], None], pa.large_list(pa.large_string())),
        }
    )
    parquet.write_table(table, folder / "any.parquet")
    (batch,) = read_examples(str(tmp_path), "all")
    assert [field.type for field in batch.schema] == [INTS, INTS, FLOATS, TEXTS, TEXTS, TEXTS]
    found = batch.drop_columns(["d"]).to_pydict()
    assert found == {
        "i": [[1], None, [0]], "b": [[1], [0], None], "s": [["ä".encode()], [b""], None], "t": [[b"a"], [b"a"], None],
        "l": [[b"a"], [], None],
    }  # fmt: skip
    assert batch.column("d").flatten().to_pylist()[0] == 0.5
    assert np.isnan(batch.column("d").flatten().to_pylist()[1])


def test_what_rows_cannot_hold_is_named(tmp_path):
    folder = tmp_path / "Split-all"
    folder.mkdir()
    parquet.write_table(pa.table({"when": [datetime.date(2020, 1, 1)]}), folder / "any.parquet")
    with pytest.raises(DataError, match=r"any\.parquet: feature 'when': is date32.*; let ExampleGen read the file"):
        columns_of(tmp_path)
    parquet.write_table(pa.table([[1], [2]], names=["a", "a"]), folder / "any.parquet")
    with pytest.raises(DataError, match="two columns are named 'a'"):
        columns_of(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 200])
def test_what_is_no_parquet_file_is_named(tmp_path, content):
    (tmp_path / "Split-all").mkdir()
    (tmp_path / "Split-all" / "data.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"data\.parquet: cannot be read as Parquet \("):
        columns_of(tmp_path)


def test_a_truncated_file_and_one_that_is_gone(tmp_path):
    file = written(tmp_path, pa.record_batch(ROWS))
    content = file.read_bytes()
    file.write_bytes(content[:-30])
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        columns_of(tmp_path)
    with pytest.raises(StorageError, match=r"gone\.parquet"):
        list(read_file(str(tmp_path / "gone.parquet")))


def test_a_split_without_rows_or_columns(tmp_path):
    file = written(tmp_path)
    assert list(read_examples(str(tmp_path), "all")) == []
    assert known_rows([str(file)]) == 0
    rows = pa.RecordBatch.from_struct_array(pa.array([{}] * 2, pa.struct([])))
    with pytest.raises(DataError, match="without any column"):
        written(tmp_path, rows)


def test_rows_can_be_counted_without_a_column(tmp_path):
    written(tmp_path, pa.record_batch(ROWS))
    assert [batch.num_rows for batch in read_examples(str(tmp_path), "all", columns=[], batch_size=3)] == [3, 1]


def test_payloads_are_not_guessed_or_mixed(tmp_path):
    with pytest.raises(ParameterError, match=r"payload_format: 'parquet' is none; .*FORMAT_PARQUET"):
        ExamplesWriter(str(tmp_path), "all", payload_format="parquet")
    written(tmp_path, pa.record_batch(ROWS))
    write_examples([pa.record_batch({"n": ROWS["n"]})], str(tmp_path), "all")
    with pytest.raises(ArtifactError, match=r"files of several payloads: .*data_parquet.* and .*data_tfrecord"):
        split_payload(str(tmp_path), "all")
