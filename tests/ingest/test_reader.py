"""A format of the user's own: what a reader_fn may yield, what becomes of it, and what is said where it fails."""

import collections
import json
from pathlib import Path

import pytest

from argosy.artifacts import Examples, Output
from argosy.errors import DataError, ParameterError, UserCodeError
from argosy.examples.read import read_examples
from argosy.ingest.executor import example_gen
from argosy.ingest.formats import Format
from argosy.ingest.queries import read_queries
from argosy.ingest.reader import user_reader
from argosy.ingest.spans import ANY

PAIRS = """
def reader_fn(path):
    with open(path) as lines:
        for line in lines:
            number, group = line.strip().split(":")
            yield {"id": int(number), "group": group} if int(number) % 9 else {"id": int(number)}
"""
IMPORTS = """
import datetime, decimal, uuid
import numpy as np
import pyarrow as pa
from argosy.examples.codec import encode_examples

def batch(**columns):
    return pa.record_batch(columns)

def serialized(**columns):
    lists = {name: pa.array([[value] for value in values]) for name, values in columns.items()}
    return encode_examples(pa.record_batch(lists)).to_pylist()

"""


@pytest.fixture
def read(tmp_path):
    """Kinds and columns of a file whose rows a reader_fn with this body yields."""
    file = tmp_path / "a.any"
    file.write_text("")

    def call(body, types=None, **given):
        code = f"{IMPORTS}def reader_fn(path, custom_config):\n    {body}\n"
        reading = Format("reader_fn", reader=user_reader({"module_file": code, "custom_config": given}))
        scanned = reading.scan(str(file), types)
        kinds = {**scanned.kinds, **(types or {})}
        columns: dict[str, list] = {name: [] for name in kinds}
        rows = 0
        for batch in reading.read(str(file), kinds):
            rows += batch.num_rows
            for name in kinds:
                columns[name] += batch.column(name).to_pylist()
        assert rows == scanned.rows or not kinds
        return kinds, columns

    return call


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ("[0, 2**62, None]", "int", [[0], [2**62], None]),
        ("[True, False]", "int", [[1], [0]]),
        ("[1, 2.5]", "float", [[1.0], [2.5]]),
        ("[1.5, np.float32(2.5), np.int64(3)]", "float", [[1.5], [2.5], [3.0]]),
        ("['a', b'\\xff', '']", "bytes", [[b"a"], [b"\xff"], [b""]]),
        ("[[1, 2], [], None]", "int", [[1, 2], [], None]),
        ("[np.array([1, 2]), np.array([3])]", "int", [[1, 2], [3]]),
        ("[['a', 'b'], ['']]", "bytes", [[b"a", b"b"], [b""]]),
        ("[datetime.date(1970, 1, 3)]", "int", [[2]]),
        ("[datetime.datetime(1970, 1, 1, 0, 0, 1)]", "int", [[1_000_000]]),
        ("[decimal.Decimal('1.5')]", "float", [[1.5]]),
        ("[uuid.UUID(int=7)]", "bytes", [[b"00000000-0000-0000-0000-000000000007"]]),
        ("[bytearray(b'x'), memoryview(b'y')]", "bytes", [[b"x"], [b"y"]]),
        ("[float('nan')][:0] + [None]", "null", [None]),
    ],
)
def test_values_of_dictionaries(read, values, kind, expected):
    assert read(f"yield from ({{'x': value}} for value in {values})") == ({"x": kind}, {"x": expected})


def test_a_batch_without_rows_is_none(read):
    assert read("yield from [batch(x=pa.array([], pa.int64())), batch(x=[1])]") == ({"x": "int"}, {"x": [[1]]})


def test_keys_that_rows_lack_are_missing_and_rows_without_any_are_rows(read):
    kinds, columns = read("yield from [{'a': 1}, {}, {'b': 'x'}, {'a': None, 'b': 'y'}]")
    assert kinds == {"a": "int", "b": "bytes"}
    assert columns == {"a": [[1], None, None, None], "b": [None, None, [b"x"], [b"y"]]}


def test_dictionaries_records_and_batches_in_any_order_are_typed_together(read):
    body = """yield {'x': 1}
    yield from serialized(x=[2, 3], y=[b'a', b'b'])
    yield batch(x=[[4.5], None], z=[7, None])
    yield batch(x=[5.0])
    yield {'z': 8}
    return [batch(x=[0.0])]"""
    kinds, columns = read(body)
    assert kinds == {"x": "float", "y": "bytes", "z": "int"}
    assert columns["x"] == [[1.0], [2.0], [3.0], [4.5], None, [5.0], None]
    assert columns["y"] == [None, [b"a"], [b"b"], None, None, None, None]
    assert columns["z"] == [None, None, None, [7], None, None, [8]]


def test_a_list_may_be_returned_and_custom_config_is_handed_on(read):
    assert read("return [{'x': value} for value in custom_config['values']]", values=[1, 2]) == (
        {"x": "int"},
        {"x": [[1], [2]]},
    )


def test_types_are_settled_across_chunks_and_given_ones_win(read, monkeypatch):
    monkeypatch.setattr("argosy.ingest.reader._CHUNK_ROWS", 7)
    kinds, columns = read("yield from ({'x': n if n < 20 else n / 2} for n in range(30))")
    assert kinds == {"x": "float"}
    assert columns["x"] == [[float(n if n < 20 else n / 2)] for n in range(30)]
    mixed = "yield from ({'x': n if n < 20 else 'text'} for n in range(30))"
    with pytest.raises(DataError, match=r"a\.any, rows 15 to 21: column 'x' .*give it one type"):
        read(mixed)
    late = "yield from ({'x': n if n < 21 else 'text'} for n in range(30))"
    with pytest.raises(DataError, match=r"a\.any, rows 22 to 28: column 'x' is bytes, and int before; write one type"):
        read(late)
    assert read(late, {"x": "bytes"})[1]["x"][19:23] == [[b"19"], [b"20"], [b"text"], [b"text"]]


@pytest.mark.parametrize("large", ["'a' * 500", "['a' * 250, 'b' * 250]", "np.zeros(1000, np.uint8)[:500]"])
def test_large_rows_come_in_small_chunks(read, monkeypatch, large):
    monkeypatch.setattr("argosy.ingest.reader._CHUNK_BYTES", 1000)
    with pytest.raises(DataError, match=r"rows 3 to 4: column 'x' is"):
        read(f"yield from ({{'x': value}} for value in [{large}, {large}, {{'y': 1}}, {{'y': 2}}])")


def test_a_large_batch_comes_in_small_chunks(read, monkeypatch):
    monkeypatch.setattr("argosy.ingest.reader._CHUNK_ROWS", 10)
    assert read("yield batch(x=range(25))") == ({"x": "int"}, {"x": [[n] for n in range(25)]})
    with pytest.raises(DataError, match=r"a\.any, rows 11 to 20: column 'x': 1e\+39"):
        read("yield batch(x=[1e39 if n == 12 else 0.0 for n in range(25)])")


def test_batches_of_any_type_that_a_feature_holds_whole_or_a_part_of_one(read):
    assert read("yield batch(x=pa.array(['a', None, 'b'], pa.string_view())).slice(1)") == (
        {"x": "bytes"},
        {"x": [None, [b"b"]]},
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("yield {'x': 1}; raise ValueError('not\\nmine')", r"ValueError: not; it had read 1 rows of file .*a\.any"),
        ("open('/none')", r"^\(inline\), line \d+, in reader_fn: reader_fn raised FileNotFoundError: "),
        ("import sys; sys.exit(3)", "reader_fn raised SystemExit: 3"),
        ("pass", "reader_fn returned None; it has to yield rows: a row is a dictionary"),
        ("return {'x': 1}", "reader_fn returned a value of type dict"),
        ("yield 'text'", r"reader_fn yielded, after 0 rows of file .*a\.any, a value of type str; a row is a dict"),
        ("yield from [{'x': 1}, None]", "after 1 rows of file .*, None; a row is a dict"),
        ("yield {7: 1}", "a dictionary with the key 7; the name of a column is a text"),
        ("yield pa.table({'x': [1]})", "a value of type Table; .*many rows are a pyarrow.RecordBatch"),
        ("yield pa.RecordBatch.from_arrays([pa.array([1])] * 2, names=['x', 'x'])", "two columns of one name"),
    ],
)
def test_a_function_that_does_not_keep_its_contract(read, body, message):
    with pytest.raises(UserCodeError, match=message) as caught:
        read(body)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("yield {'x': {'y': 1}}", r"a\.any, rows 1 to 1: column 'x' is struct<.*, which a feature cannot hold"),
        ("yield from [{'x': [1, None]}]", r"a\.any, rows 1 to 1: column 'x': a null inside a list"),
        ("yield from [{'x': 1}, {'x': 2**70}]", r"rows 1 to 2: column 'x' has values of Python's int, which make no"),
        ("yield {'x': object()}", "values of Python's object, which make no column"),
        ("yield from [b'\\xff']", r"a\.any, rows 1 to 1: record 0"),
        ("yield {'x': 1e39}", r"rows 1 to 1: column 'x': 1e\+39 does not fit into float"),
    ],
)
def test_values_that_no_feature_can_hold(read, body, message):
    with pytest.raises(DataError, match=message):
        read(body)


def test_other_columns_at_the_second_call_are_refused(read):
    counted = "import builtins; builtins.calls = getattr(builtins, 'calls', 0) + 1"
    with pytest.raises(
        UserCodeError, match=r"rows 1 to 1: reader_fn: column 'c2' was not there when it was called bef"
    ):
        read(f"{counted}; yield {{f'c{{builtins.calls}}': 1}}")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"module_file": PAIRS, "input_format": "csv"}, ParameterError, "input_format is of Argosy's own formats, and"),
        ({"module_file": PAIRS, "read_options": {"quote": "'"}}, ParameterError, "read_options is of Argosy's own"),
        ({"custom_config": {"a": 1}}, ParameterError, "custom_config is handed to a reader_fn, and none is given"),
        ({"module_file": PAIRS, "reader_fn": "a.b"}, ParameterError, "give module_file or reader_fn, one of the two"),
        ({"module_file": "def read_fn(path):\n    yield"}, UserCodeError, "defines no function 'reader_fn'; did you m"),
        (
            {"module_file": "def reader_fn(a, b):\n    yield"},
            UserCodeError,
            r"it has to be reader_fn\(path\) or reader",
        ),
        ({"module_file": "import none_such\n"}, UserCodeError, "raised on import: ModuleNotFoundError"),
        ({"reader_fn": "none_such.reader_fn"}, ParameterError, "module 'none_such' cannot be imported"),
    ],
)
def test_code_and_parameters_that_cannot_be_are_refused_before_a_file_is_read(given, error, message):
    with pytest.raises(error, match=message):
        user_reader(given)


def test_without_code_there_is_no_reader_and_of_a_query_there_cannot_be_one():
    assert user_reader({"custom_config": None, "module_file": ""}) is None
    with pytest.raises(ParameterError, match="module_file is of files, and a connection or query is given as well"):
        read_queries({"query": "SELECT 1", "connection": "sqlite:////a.db", "module_file": PAIRS}, ANY)


def run(folder, **parameters):
    """(rows by split, metadata)."""
    folder.mkdir()
    output: Output[Examples] = Output(uri=str(folder), path=str(folder), name="examples")
    example_gen(output, **parameters)
    splits = json.loads(output.metadata["num_examples"])
    return {split: rows_of(folder, split) for split in splits}, output.metadata


def rows_of(folder, split):
    return [row for batch in read_examples(str(folder), split) for row in batch.to_pylist()]


@pytest.fixture
def pairs(tmp_path):
    """Files of 160 rows, one of them without any, and one that is not data."""
    (tmp_path / "in").mkdir()
    for number in range(5):
        rows = range(number * 40, number * 40 + 40 if number < 4 else 160)
        (tmp_path / "in" / f"day-{number}.pairs").write_text("".join(f"{k}:g{k % 7}\n" for k in rows))
    (tmp_path / "in" / "README").write_text("no data\n")
    return {"input_base": str(tmp_path / "in"), "module_file": PAIRS}


WORKERS = {
    "one": [],
    "two threads": ["--direct_num_workers=2", "--direct_running_mode=multi_threading"],
    "two processes": ["--direct_num_workers=2", "--direct_running_mode=multi_processing"],
}


@pytest.mark.beam
@pytest.mark.parametrize("workers", WORKERS)
def test_rows_in_are_rows_out(tmp_path, pairs, workers):
    config = {"splits": [{"name": "all", "pattern": "*.pairs"}]}
    rows, metadata = run(tmp_path / "out", **pairs, input_config=config, beam_pipeline_args=WORKERS[workers])
    assert list(rows) == ["train", "eval"]
    assert min(map(len, rows.values())) > 20
    found = sorted((row for split in rows.values() for row in split), key=lambda row: row["id"])
    assert found == [{"id": [k], "group": [b"g%d" % (k % 7)] if k % 9 else None} for k in range(160)]
    assert metadata["num_input_rows"] == 160
    assert json.loads(metadata["num_examples"]) == {split: len(found) for split, found in rows.items()}


@pytest.mark.beam
def test_spans_splits_payload_and_hash_are_as_for_other_formats(tmp_path, pairs):
    given = {
        **pairs,
        "input_config": {"splits": [{"name": "all", "pattern": "day-{SPAN}.pairs"}]},
        "range_config": {"static_range": {"start_span_number": 2, "end_span_number": 2}},
        "payload_format": "FORMAT_PARQUET",
        "types": {"id": "bytes"},
    }
    hashed = {"split_config": {"hash": "tfx", "splits": [{"name": "a", "hash_buckets": 1}]}}
    rows, metadata = run(tmp_path / "out", **given, output_config=hashed)
    assert sorted(int(row["id"][0]) for row in rows["a"]) == list(range(80, 120))
    assert (metadata["span"], metadata["payload_format"]) == (2, "FORMAT_PARQUET")
    assert list((tmp_path / "out" / "Split-a").glob("*.parquet"))


@pytest.mark.beam
@pytest.mark.parametrize("workers", ["one", "two threads"])
def test_a_failure_names_line_and_file_wherever_it_happens(tmp_path, pairs, workers):
    with pytest.raises(
        UserCodeError, match=r"^\(inline\), line 5, in reader_fn: reader_fn raised ValueError: not en"
    ) as e:
        run(tmp_path / "out", **pairs, beam_pipeline_args=WORKERS[workers])
    assert str(e.value).endswith(f"it had read 0 rows of file {pairs['input_base']}/README")
    assert not list((tmp_path / "out").rglob("*.gz"))


@pytest.mark.beam
def test_a_function_that_yields_other_rows_at_the_second_call_is_refused(tmp_path, pairs):
    code = "calls = []\ndef reader_fn(path):\n    calls.append(path)\n    yield from [{'x': 1}] * len(calls)\n"
    with pytest.raises(
        UserCodeError, match=r"reader_fn: 1 rows of file .*README at first, and 2 when it was called aga"
    ):
        run(tmp_path / "out", input_base=f"{pairs['input_base']}/README", module_file=code)


@pytest.mark.beam
def test_an_installed_module_and_a_package_beside_the_pipeline(tmp_path, pairs, monkeypatch):
    package = tmp_path / "code" / "pair_formats"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "pairs.py").write_text(PAIRS)
    one, _ = run(tmp_path / "one", input_base=pairs["input_base"] + "/day-1.pairs", module_file=str(package),
                 reader_fn="pair_formats.pairs.reader_fn")  # fmt: skip
    monkeypatch.syspath_prepend(str(Path(package).parent))
    (package.parent / "installed_pairs.py").write_text(PAIRS)
    two, _ = run(tmp_path / "two", input_base=pairs["input_base"] + "/day-1.pairs",
                 reader_fn="installed_pairs.reader_fn")  # fmt: skip
    assert one == two
    assert collections.Counter(map(len, one.values())).total() == 2
