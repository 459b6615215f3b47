"""Every format: rows of all kinds come back, and what cannot be read is named."""

import bz2
import contextlib
import datetime
import decimal
import gzip
import importlib
import json
import lzma
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from argosy.errors import DataError, ParameterError, StorageError
from argosy.examples.write import ExamplesWriter
from argosy.ingest.formats import FORMATS, Format, find_format
from argosy.ingest.scanned import ScannedFile, merge_kinds

ROWS: list[dict[str, Any]] = [
    {"n": 1, "x": 0.5, "s": "Adelie", "several": [1, 2]},
    {"n": 0, "x": 0.0, "s": "", "several": []},
    {"n": None, "x": None, "s": None, "several": None},
    {"n": -(2**62), "x": 1e30, "s": "\u00e9 \U0001f427", "several": [3]},
]
DICTIONARIES = pa.list_(pa.dictionary(pa.int32(), pa.string()))
KINDS = {"n": "int", "x": "float", "s": "bytes", "several": "int"}


def write_parquet(path, rows):
    parquet.write_table(pa.Table.from_pylist(rows), path)


def write_avro(path, rows):
    def nullable(kind):
        return ["null", kind]

    fields = {"n": "long", "x": "double", "s": "string", "several": {"type": "array", "items": "long"}}
    schema = {"type": "record", "name": "Row", "fields": [{"name": k, "type": nullable(v)} for k, v in fields.items()]}
    with path.open("wb") as raw:
        fastavro.writer(raw, schema, rows, sync_interval=40)


def write_json(path, rows):
    path.write_text("".join(json.dumps({k: v for k, v in row.items() if v is not None}) + "\n" for row in rows))


def write_tfrecord(path, rows, payload_format=""):
    types = {"n": pa.int64(), "x": pa.float32(), "s": pa.binary(), "several": pa.int64()}
    columns = {name: pa.array([_listed(row[name]) for row in rows], pa.list_(value)) for name, value in types.items()}
    with ExamplesWriter(str(path.parent / "tmp"), "all", payload_format=payload_format) as writer:
        writer.write(pa.record_batch(columns))
    path.write_bytes(gzip.decompress(Path(writer.file).read_bytes()))


def _listed(value):
    if value is None or isinstance(value, list):
        return value
    return [value.encode() if isinstance(value, str) else value]


def write_sequences(path, rows):
    write_tfrecord(path, rows, "FORMAT_TF_SEQUENCE_EXAMPLE")


WRITERS = {
    "parquet": write_parquet, "avro": write_avro, "jsonl": write_json, "tfrecord": write_tfrecord,
    "tfrecord_sequence": write_sequences,
}  # fmt: skip


def rows_of(name, file, types=None):
    found = Format(name)
    scanned = found.scan(str(file), types)
    kinds = merge_kinds([scanned], types)
    batches = list(found.read(str(file), kinds))
    assert sum(batch.num_rows for batch in batches) == scanned.rows
    return scanned.kinds, {n: [v for batch in batches for v in batch.column(n).to_pylist()] for n in kinds}


def expected(name):
    values = [_listed(row[name]) for row in ROWS]
    return [v if v is None or name != "x" else [float(np.float32(n)) for n in v] for v in values]


@pytest.mark.parametrize("name", WRITERS)
def test_rows_of_all_kinds_come_back(tmp_path, name):
    path = tmp_path / f"rows.{name}"
    WRITERS[name](path, ROWS)
    kinds, rows = rows_of(name, path)
    assert kinds == KINDS
    # An empty list of Avro, Parquet and JSON is present and empty; a zero and an empty text are values.
    assert rows == {column: expected(column) for column in KINDS}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_is_not_of_its_format_is_refused_by_name(tmp_path, name):
    file = tmp_path / f"bad.{name}"
    file.write_bytes(b"PAR1 or Obj or {neither} of them\n" * 3)
    with pytest.raises(DataError, match=rf"bad\.{name}"):
        rows_of(name, file)
    with pytest.raises(StorageError, match="none"):
        rows_of(name, tmp_path / f"none.{name}")


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("name", ["parquet", "avro", "tfrecord", "tfrecord_sequence"])
def test_a_truncated_file_is_refused(tmp_path, name, cut):
    path = tmp_path / f"rows.{name}"
    WRITERS[name](path, ROWS * 50)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut) + 1])
    with pytest.raises(DataError, match="rows"):
        rows_of(name, path)


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        (pa.array([True, False, None]), "int", [[1], [0], None]),
        (pa.array([datetime.date(1970, 1, 3)]), "int", [[2]]),
        (pa.array([datetime.datetime(1970, 1, 1, 0, 0, 1, 5)]), "int", [[1_000_005]]),
        (pa.array([1], pa.timestamp("s", "Europe/Paris")), "int", [[1_000_000]]),
        (pa.array([datetime.time(0, 0, 2)]), "int", [[2_000_000]]),
        (pa.array([datetime.timedelta(milliseconds=3)]), "int", [[3000]]),
        (pa.array([decimal.Decimal("1.25")]), "float", [[1.25]]),
        (pa.array([decimal.Decimal(7)], pa.decimal128(9, 0)), "int", [[7]]),
        (pa.array([2**63 - 1], pa.uint64()), "int", [[2**63 - 1]]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), "bytes", [[b"a"], [b"b"], [b"a"]]),
        (pa.array([b"\xff\x00"]), "bytes", [[b"\xff\x00"]]),
        (pa.array(["a", None], pa.string_view()), "bytes", [[b"a"], None]),
        (pa.array([b"\xff", None], pa.binary_view()), "bytes", [[b"\xff"], None]),
        (pa.array([["a"], None, ["b", "a"], []], DICTIONARIES), "bytes", [[b"a"], None, [b"b", b"a"], []]),
        (pa.array([["a"], None, []], pa.large_list(pa.large_string())), "bytes", [[b"a"], None, []]),
        (pa.array([[1.5, 2.5]], pa.list_(pa.float32(), 2)), "float", [[1.5, 2.5]]),
        (pa.nulls(2), "null", [None, None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_types_that_a_feature_does_not_have_are_converted_as_documented(tmp_path, column, kind, values):
    file = tmp_path / "types.parquet"
    parquet.write_table(pa.table({"n": column, "rows": pa.array(range(len(column)))}), file)
    kinds, rows = rows_of("parquet", file)
    assert (kinds["n"], rows["n"]) == (kind, values)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([{"a": 1}]), r"column 'n' is struct<a: int64>, which a feature cannot hold"),
        (pa.array([[[1]]]), "list<.*list.*which a feature cannot hold"),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "map<.*which a feature cannot hold"),
        (pa.array([[1, None]]), "column 'n'.*a null inside a list"),
        (pa.array([[1.5], None], pa.list_(pa.float32(), 1)), "fixed size is missing .*write the column as lists"),
        (pa.array([2**63], pa.uint64()), "column 'n'.*does not fit into int64"),
        (pa.array([math.inf, 1e39]), r"column 'n'.*1e\+39 does not fit into float"),
        (pa.array([decimal.Decimal(10) ** 39], pa.decimal256(50, 2)), r"column 'n'.*1e\+39 does not fit into float"),
    ],
)
def test_what_a_feature_cannot_hold_is_refused_by_name(tmp_path, column, message):
    file = tmp_path / "types.parquet"
    parquet.write_table(pa.table({"n": column}), file)
    with pytest.raises(DataError, match=rf"types\.parquet.*{message}"):
        rows_of("parquet", file)


LETTERS = {"type": "enum", "name": "Letter", "namespace": "n", "symbols": ["a", "b"]}


@pytest.mark.parametrize(
    ("types", "value", "kind", "found"),
    [
        ([LETTERS, "n.Letter"], "b", "bytes", [b"b"]),
        ([LETTERS, ["null", "n.Letter"]], None, "bytes", None),
        ([{"type": "array", "items": LETTERS}, {"type": "array", "items": "n.Letter"}], ["a"], "bytes", [b"a"]),
        ([["int", "long", "null"]], 2**40, "int", [2**40]),
        ([["null", "long", "double"]], 2**53 + 1, "float", [2.0**53]),
        ([{"type": "bytes", "logicalType": "decimal", "precision": 50}], decimal.Decimal(7), "float", [7.0]),
        (
            [{"type": "bytes", "logicalType": "decimal", "precision": 77}],
            decimal.Decimal(7),
            "",
            "column 'f0'.*decimal",
        ),
        ([["string", "long"]], "x", "", "column 'f0' is of the Avro type .*which a feature cannot hold"),
    ],
)
def test_types_of_avro_and_their_names(tmp_path, types, value, kind, found):
    fields = [{"name": f"f{n}", "type": of_type} for n, of_type in enumerate(types)]
    row = dict.fromkeys((field["name"] for field in fields), value)
    file = tmp_path / "a.avro"
    if value is None:
        row["f0"] = "a"
    with file.open("wb") as raw:
        fastavro.writer(raw, {"type": "record", "name": "Row", "fields": fields}, [row])
    if not kind:
        with pytest.raises(DataError, match=rf"a\.avro.*{found}"):
            rows_of("avro", file)
        return
    kinds, rows = rows_of("avro", file)
    last = fields[-1]["name"]
    assert (kinds[last], rows[last]) == (kind, [found])


@pytest.mark.parametrize(("codec", "package"), {"snappy": "cramjam", "zstandard": "backports.zstd"}.items())
def test_a_compression_of_avro_that_is_not_installed_is_named(tmp_path, codec, package):
    with contextlib.suppress(ImportError):
        importlib.import_module(package)
        pytest.skip(f"{package} is installed")
    file = tmp_path / "a.avro"
    with file.open("wb") as raw:
        fastavro.writer(raw, {"type": "record", "name": "Row", "fields": [{"name": "n", "type": "long"}]}, [{"n": 1}])
    old, new = (b"avro.codec" + bytes([2 * len(name)]) + name for name in (b"null", codec.encode()))
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new))
    with pytest.raises(
        DataError, match=rf"a\.avro: is compressed by {codec}.*pip install {package} .*or write .*deflate"
    ):
        rows_of("avro", file)


def test_a_column_that_only_some_typed_files_have_is_missing_in_the_others(tmp_path):
    parquet.write_table(pa.table({"a": [1], "b": ["x"]}), tmp_path / "1.parquet")
    parquet.write_table(pa.table({"a": [1.5]}), tmp_path / "2.parquet")
    found = Format("parquet")
    files = [str(tmp_path / name) for name in ("1.parquet", "2.parquet")]
    kinds = merge_kinds([found.scan(file) for file in files])
    assert kinds == {"a": "float", "b": "bytes"}
    assert next(found.read(files[0], kinds)).to_pydict() == {"a": [[1.0]], "b": [[b"x"]]}
    assert next(found.read(files[1], kinds)).to_pydict() == {"a": [[1.5]], "b": [None]}


def test_a_column_of_two_kinds_in_two_files_is_refused_with_both(tmp_path):
    parquet.write_table(pa.table({"a": [1]}), tmp_path / "1.parquet")
    parquet.write_table(pa.table({"a": ["x"]}), tmp_path / "2.parquet")
    scanned = [Format("parquet").scan(str(tmp_path / name)) for name in ("1.parquet", "2.parquet")]
    with pytest.raises(
        DataError, match=r"column 'a' is int in file .*1\.parquet and bytes in file .*2\.parquet.*types"
    ):
        merge_kinds(scanned)


def test_json_texts_that_look_like_dates_stay_texts_and_blank_lines_are_none(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"when": "2024-01-01", "all": ["2024-01-01T00:00:00Z"]}\n\n{"when": "x"}\n')
    kinds, rows = rows_of("jsonl", file)
    assert kinds == {"when": "bytes", "all": "bytes"}
    assert rows == {"when": [[b"2024-01-01"], [b"x"]], "all": [[b"2024-01-01T00:00:00Z"], None]}


def test_a_json_line_that_is_wrong_is_named(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"a": 1}\n{"a": "x"}\n')
    with pytest.raises(DataError, match=r"a\.jsonl, line 2: .*changed from number to string"):
        rows_of("jsonl", file)
    file.write_text('{"a": 1}\n{"a": {"b": 1}, "c"\n')
    with pytest.raises(DataError, match=r"a\.jsonl, line"):
        rows_of("jsonl", file)


def test_json_types_are_settled_by_the_whole_file_across_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr("argosy.ingest.json_files._CHUNK", 64)
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f'{{"a": {n}}}\n' for n in [*range(20), 0.5]) + '{"b": "late"}\n')
    kinds, rows = rows_of("jsonl", file)
    assert kinds == {"a": "float", "b": "bytes"}
    assert rows["a"] == [[float(n)] for n in range(20)] + [[0.5], None]
    assert rows["b"] == [None] * 21 + [[b"late"]]
    file.write_text("".join(f'{{"a": {n}}}\n' for n in range(20)) + '{"a": "x"}\n')
    with pytest.raises(DataError, match="column 'a' is bytes, and int before"):
        rows_of("jsonl", file)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "n": st.none() | st.integers(-(2**53), 2**53),
                "s": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
                "several": st.none() | st.lists(st.integers(-9, 9), max_size=3),
            }
        ),
        min_size=1,
        max_size=12,
    )
)
def test_random_rows_come_back_from_every_format(tmp_path, rows):
    schema = pa.schema([("n", pa.int64()), ("s", pa.string()), ("several", pa.list_(pa.int64()))])
    parquet.write_table(pa.Table.from_pylist(rows, schema), tmp_path / "rows.parquet")
    write_json(tmp_path / "rows.jsonl", rows)
    for name in ("parquet", "jsonl"):
        kinds, found = rows_of(name, tmp_path / f"rows.{name}") if any(map(any_value, rows)) else ({}, {})
        for column in kinds:
            # A column of empty lists alone has no type, and nothing to tell.
            if kinds[column] != "null":
                assert found[column] == [_listed(row[column]) for row in rows]


def any_value(row):
    return any(value is not None for value in row.values())


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def zstandard(data: bytes) -> bytes:
    return pa.compress(data, "zstd", asbytes=True)


@pytest.mark.parametrize("suffix", [*COMPRESSORS, ".zst"])
def test_compressed_text_is_read_and_a_damaged_stream_is_named(tmp_path, suffix):
    compress = COMPRESSORS.get(suffix, zstandard)
    file = tmp_path / f"a.csv{suffix}"
    file.write_bytes(compress(b"x,y\n1,a\n2,b\n" * 1))
    kinds, rows = rows_of("csv", file)
    assert (kinds, rows) == ({"x": "int", "y": "bytes"}, {"x": [[1], [2]], "y": [[b"a"], [b"b"]]})
    file.write_bytes(compress(b"x,y\n" + b"1,a\n" * 999)[:-9])
    with pytest.raises(DataError, match=r"a\.csv\..*cannot be decompressed"):
        rows_of("csv", file)


@pytest.mark.parametrize(
    ("content", "options", "rows"),
    [
        ("a;b\n1;'x;y'\n", {"delimiter": ";", "quote": "'"}, {"a": [[1]], "b": [[b"x;y"]]}),
        ("1\tx\n2\t\n", {"delimiter": "tab", "names": ["a", "b"]}, {"a": [[1], [2]], "b": [[b"x"], None]}),
        ('a,b\n-,"x"\n', {"quote": "", "null_tokens": ["-"]}, {"a": [None], "b": [[b'"x"']]}),
    ],
)
def test_dialects_of_csv(tmp_path, content, options, rows):
    file = tmp_path / "a.csv"
    file.write_text(content)
    found = Format("csv", options)
    kinds = merge_kinds([found.scan(str(file))])
    assert next(found.read(str(file), kinds)).to_pydict() == rows


def test_given_types_win(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("zip,year\n01234,1\n99999,2\n")
    assert rows_of("csv", file, {"zip": "bytes", "year": "float"})[1] == {
        "zip": [[b"01234"], [b"99999"]],
        "year": [[1.0], [2.0]],
    }
    file.write_text("zip,year\n01234,1\nx,2\n")
    with pytest.raises(DataError, match=r"a\.csv, line 3, column 'zip': 'x' is not of type int"):
        rows_of("csv", file, {"zip": "int"})
    file.write_text("zip,x\ninf,1\n1,2\n1e400,3\n")
    with pytest.raises(DataError, match=r"a\.csv, line 4, column 'zip': '1e400' is not of type float, of 32 bits"):
        rows_of("csv", file, {"zip": "float"})
    with pytest.raises(ParameterError, match=r"no column 'zap'.*zip"):
        rows_of("csv", file, {"zap": "int"})
    parquet.write_table(pa.table({"zip": [1234], "n": ["7"]}), tmp_path / "a.parquet")
    assert rows_of("parquet", tmp_path / "a.parquet", {"zip": "bytes", "n": "int"})[1] == {
        "zip": [[b"1234"]],
        "n": [[7]],
    }
    parquet.write_table(pa.table({"zip": ["-Inf", "1e39"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"column 'zip'.*1e39 does not fit into float"):
        rows_of("parquet", tmp_path / "a.parquet", {"zip": "float"})


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["12345678901234567890", "12345678901234567891"], "bytes", ["12345678901234567890", "12345678901234567891"]),
        (["1.50", "-0.1e5", "null", "7"], "bytes", ["1.50", "-0.1e5", None, "7"]),
        (["[1.50, 2]", "[]"], "bytes", [["1.50", "2"], []]),
        (["1", '"a: 1.0}"', "true", "1e400"], "bytes", ["1", "a: 1.0}", "true", "1e400"]),
        (["1", '"a"', '"2024-01-01"'], "bytes", ["1", "a", "2024-01-01"]),
        (["1.5", r'"\"n\": 2.5, \\"'], "bytes", ["1.5", '"n": 2.5, \\']),
        (["[null, 1.50]"], "bytes", DataError),
        (['[null, "a"]', '["b"]'], "bytes", DataError),
        (['["a]", 1.50, true, "2.0"]'], "bytes", [["a]", "1.50", "true", "2.0"]]),
        (['"x", "\\u006e": 1.5'], "bytes", DataError),
        (["[[1.5]]"], "bytes", DataError),
        (["1.5", "2"], "int", DataError),
        (['{"n": 1.5}'], "bytes", DataError),
        (["01"], "bytes", DataError),
        (['"\\x"'], "bytes", DataError),
    ],
)
@pytest.mark.parametrize("chunk", [20, 4 << 20])
def test_json_numbers_that_are_to_be_bytes_stay_as_they_are_written(tmp_path, monkeypatch, chunk, cells, kind, values):
    monkeypatch.setattr("argosy.ingest.json_files._CHUNK", chunk)
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f'{{"x": 0.1, "n": {cell}}}\n' for cell in cells))
    if values is DataError:
        with pytest.raises(DataError, match=r"a\.jsonl"):
            rows_of("jsonl", file, {"n": kind})
        return
    kinds, rows = rows_of("jsonl", file, {"n": kind})
    wanted = [value if value is None or isinstance(value, list) else [value] for value in values]
    assert rows["n"] == [value and [text.encode() for text in value] for value in wanted]
    assert (kinds["x"], rows["x"]) == ("float", [[float(np.float32(0.1))]] * len(cells))


def test_a_column_of_two_kinds_is_of_the_type_that_is_given(tmp_path):
    parquet.write_table(pa.table({"n": [1]}), tmp_path / "1.parquet")
    parquet.write_table(pa.table({"n": ["x"]}), tmp_path / "2.parquet")
    found = Format("parquet")
    files = [str(tmp_path / name) for name in ("1.parquet", "2.parquet")]
    kinds = merge_kinds([found.scan(file) for file in files], {"n": "bytes"})
    assert kinds == {"n": "bytes"}
    assert [next(found.read(file, kinds)).column("n").to_pylist() for file in files] == [[[b"1"]], [[b"x"]]]


@pytest.mark.parametrize(
    ("name", "options", "files", "found"),
    [
        ("", {}, ["a.csv", "b.csv.gz"], "csv"),
        ("", {}, ["a.tfrecord.gz"], "tfrecord"),
        ("", {}, ["part-0000.parquet", "part-0001.parquet"], "parquet"),
        ("jsonl", {}, ["a.txt"], "jsonl"),
        ("", {}, ["A.AVRO"], "avro"),
        ("", {}, ["data_tfrecord-00000-of-00001.sequence.gz"], "tfrecord_sequence"),
        ("", {}, ["s3://b/Split-train/data_tfrecord-00000-of-00001.gz", "a/data_tfrecord-00001-of-00002"], "tfrecord"),
    ],
)
def test_the_format_is_the_one_named_or_the_one_that_names_tell(name, options, files, found):
    assert find_format(name, options, files).name == found


def test_a_tsv_is_separated_by_tabs():
    assert find_format("", {}, ["a.tsv"]).options == {"delimiter": "tab"}


@pytest.mark.parametrize(
    ("name", "options", "files", "message"),
    [
        ("parket", {}, ["a"], "'parket' is none.*parquet"),
        ("", {}, ["a.csv", "b.parquet"], r"several formats: a\.csv \(csv\) and b\.parquet \(parquet\)"),
        ("avro", {"delimiter": ";"}, ["a"], "avro has none, found delimiter"),
        ("", {"delimeter": ";"}, ["a.csv"], "unknown key 'delimeter'.*delimiter"),
        ("", {"delimiter": "ab"}, ["a.csv"], "expected one ASCII character"),
        ("", {"names": "a,b"}, ["a.csv"], "expected a list of texts"),
        ("", {"delimiter": '"'}, ["a.csv"], "have to differ"),
    ],
)
def test_what_is_no_format(name, options, files, message):
    with pytest.raises(ParameterError, match=message):
        find_format(name, options, files)


NESTED = {
    "steps": [[[1, 2], [3]], [], None],
    "loose": [[None, None], None, []],
    "scores": [[[0.5]], [None, []], None],
    "words": [[[b"a", b""]], None, [[b"x" * 200]]],
}


def test_feature_lists_come_back_as_lists_of_lists(tmp_path):
    kinds = {"steps": pa.int64(), "loose": pa.null(), "scores": pa.float32(), "words": pa.binary()}
    types = {name: pa.list_(pa.list_(kind)) if name != "loose" else pa.list_(kind) for name, kind in kinds.items()}
    with ExamplesWriter(str(tmp_path), "all", payload_format="FORMAT_TF_SEQUENCE_EXAMPLE") as writer:
        writer.write(pa.record_batch({name: pa.array(NESTED[name], types[name]) for name in NESTED}))
    kinds, rows = rows_of("tfrecord_sequence", writer.file)
    assert kinds == {
        "steps": "lists of int", "loose": "lists of null", "scores": "lists of float", "words": "lists of bytes"
    }  # fmt: skip
    assert rows == NESTED


def test_feature_lists_of_two_kinds_are_refused():
    lists = ScannedFile(file="a", kinds={"x": "lists of int"}, rows=1)
    flat = ScannedFile(file="b", kinds={"x": "int"}, rows=1)
    assert merge_kinds([lists, ScannedFile(file="c", kinds={"x": "lists of null"}, rows=1)]) == {"x": "lists of int"}
    with pytest.raises(DataError, match="'x' is lists of int in file a and int in file b"):
        merge_kinds([lists, flat])


def test_every_format_has_its_rows_tested():
    assert set(FORMATS) == {"csv", *WRITERS}
