"""What becomes of a value: every cell of the table in docs/data.md, each by a file of that format."""

import datetime
import decimal
import math
import uuid
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from argosy.errors import DataError
from argosy.ingest.formats import Format
from argosy.ingest.scanned import merge_kinds

DOCS = Path(__file__).parents[2] / "docs" / "data.md"
FORMATS = ("csv", "jsonl", "parquet", "avro")
REFUSED, NONE = "refused", "–"

DAY, MOMENT = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 30, 0, 250, tzinfo=datetime.UTC)
DAYS, MICROS = 19782, 1709209800000250
PARIS = pa.array([MOMENT], pa.timestamp("us", "Europe/Paris"))
LONG = 12345678901234567890123


def avro(kind, **more):
    return {"type": kind, **more}


def nullable(kind):
    return ["null", kind]


CASES: dict[str, dict[str, tuple[Any, Any]]] = {
    # value -> format -> (cells of a column, the last of which is looked at; what it is then).
    # A cell is a text in CSV, JSON in jsonl; Parquet has an Arrow array, Avro (type, values).
    "a whole number": {
        "csv": (["-7"], [-7]),
        "jsonl": (["-7"], [-7]),
        "parquet": (pa.array([-7], pa.int32()), [-7]),
        "avro": (("long", [-7]), [-7]),
    },
    "one above 2⁶³ - 1": {
        "csv": (["1", str(LONG)], [str(LONG).encode()]),
        "jsonl": (["1", str(LONG)], [float(np.float32(LONG))]),
        "parquet": (pa.array([2**63], pa.uint64()), REFUSED),
    },
    "a number with places": {
        "csv": (["1.1"], [float(np.float32(1.1))]),
        "jsonl": (["1.1"], [float(np.float32(1.1))]),
        "parquet": (pa.array([1.1]), [float(np.float32(1.1))]),
        "avro": (("double", [1.1]), [float(np.float32(1.1))]),
    },
    "whole numbers, and some with places": {
        "csv": (["1.5", "2"], [2.0]),
        "jsonl": (["1.5", "2"], [2.0]),
    },
    "one above 3.4 · 10³⁸": {
        "csv": (["1.5", "1e39"], REFUSED),
        "jsonl": (["1.5", "1e39"], REFUSED),
        "parquet": (pa.array([1.5, -1e39]), REFUSED),
        "avro": (("double", [1.5, 1e39]), REFUSED),
    },
    "infinity": {
        "csv": (["1.5", "-inf"], [-math.inf]),
        "jsonl": (["1.5", "Infinity"], [math.inf]),
        "parquet": (pa.array([1.5, math.inf]), [math.inf]),
        "avro": (("double", [1.5, math.inf]), [math.inf]),
    },
    "zero": {
        "csv": (["1", "0"], [0]),
        "jsonl": (["1", "0"], [0]),
        "parquet": (pa.array([1, 0]), [0]),
        "avro": (("long", [1, 0]), [0]),
    },
    "NaN": {
        "csv": (["1.5", "NaN"], None),
        "jsonl": (["1.5", "NaN"], [math.nan]),
        "parquet": (pa.array([1.5, math.nan]), [math.nan]),
        "avro": (("double", [1.5, math.nan]), [math.nan]),
    },
    "true or false": {
        "csv": (["true"], [b"true"]),
        "jsonl": (["false"], [0]),
        "parquet": (pa.array([True]), [1]),
        "avro": (("boolean", [True]), [1]),
    },
    "text": {
        "csv": (["é"], ["é".encode()]),
        "jsonl": (['"é"'], ["é".encode()]),
        "parquet": (pa.array(["é"]), ["é".encode()]),
        "avro": (("string", ["é"]), ["é".encode()]),
    },
    "an empty text": {
        "csv": (["a", '""'], None),
        "jsonl": (['""'], [b""]),
        "parquet": (pa.array([""]), [b""]),
        "avro": (("string", [""]), [b""]),
    },
    "bytes": {
        "parquet": (pa.array([b"\xff\0"]), [b"\xff\0"]),
        "avro": (("bytes", [b"\xff\0"]), [b"\xff\0"]),
    },
    "one of a set, a UUID": {
        "parquet": (pa.array(["a"]).dictionary_encode(), [b"a"]),
        "avro": ((avro("string", logicalType="uuid"), [uuid.UUID(int=5)]), [str(uuid.UUID(int=5)).encode()]),
    },
    "null": {
        "csv": (["1", ""], None),
        "jsonl": (["1", "null"], None),
        "parquet": (pa.array([1, None]), None),
        "avro": ((nullable("long"), [1, None]), None),
    },
    "a date": {
        "csv": (["2024-02-29"], [b"2024-02-29"]),
        "jsonl": (['"2024-02-29"'], [b"2024-02-29"]),
        "parquet": (pa.array([DAY]), [DAYS]),
        "avro": ((avro("int", logicalType="date"), [DAY]), [DAYS]),
    },
    "a timestamp": {
        "csv": (["2024-02-29T12:30:00Z"], [b"2024-02-29T12:30:00Z"]),
        "jsonl": (['"2024-02-29T12:30:00Z"'], [b"2024-02-29T12:30:00Z"]),
        "parquet": (PARIS, [MICROS]),
        "avro": ((avro("long", logicalType="timestamp-micros"), [MOMENT]), [MICROS]),
    },
    "one without a zone": {
        "parquet": (pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("ns")), [MICROS]),
        "avro": ((avro("long", logicalType="local-timestamp-micros"), [MOMENT.replace(tzinfo=None)]), [MICROS]),
    },
    "a time of day": {
        "csv": (["00:00:02"], [b"00:00:02"]),
        "jsonl": (['"00:00:02"'], [b"00:00:02"]),
        "parquet": (pa.array([datetime.time(0, 0, 2)], pa.time32("ms")), [2_000_000]),
        "avro": ((avro("int", logicalType="time-millis"), [datetime.time(0, 0, 2)]), [2_000_000]),
    },
    "a duration": {
        "parquet": (pa.array([datetime.timedelta(milliseconds=3)]), [3000]),
    },
    "a decimal with places": {
        "csv": (["1.25"], [1.25]),
        "jsonl": (["1.25"], [1.25]),
        "parquet": (pa.array([decimal.Decimal("1.25")]), [1.25]),
        "avro": ((avro("bytes", logicalType="decimal", precision=9, scale=2), [decimal.Decimal("1.25")]), [1.25]),
    },
    "one without, of up to 18 digits": {
        "csv": (["7"], [7]),
        "jsonl": (["7"], [7]),
        "parquet": (pa.array([decimal.Decimal(7)], pa.decimal128(18, 0)), [7]),
        "avro": ((avro("bytes", logicalType="decimal", precision=18), [decimal.Decimal(7)]), [7]),
    },
    "one without, of more": {
        "parquet": (pa.array([decimal.Decimal(7)], pa.decimal128(30, 0)), [7.0]),
        "avro": ((avro("bytes", logicalType="decimal", precision=30), [decimal.Decimal(7)]), [7.0]),
    },
    "a list": {
        "csv": (["[1;2]"], [b"[1;2]"]),
        "jsonl": (["[1, 2]"], [1, 2]),
        "parquet": (pa.array([["a", "b"]], pa.large_list(pa.string())), [b"a", b"b"]),
        "avro": ((avro("array", items="double"), [[1.5, 2.5]]), [1.5, 2.5]),
    },
    "an empty list": {
        "jsonl": (["[1]", "[]"], []),
        "parquet": (pa.array([[1], []]), []),
        "avro": ((avro("array", items="long"), [[]]), []),
    },
    "a list of a fixed size": {
        "parquet": (pa.array([[1.5, 2.5]], pa.list_(pa.float32(), 2)), [1.5, 2.5]),
    },
    "a null in a list": {
        "jsonl": (["[1, null]"], REFUSED),
        "parquet": (pa.array([[1, None]]), REFUSED),
        "avro": ((avro("array", items=nullable("long")), [[1, None]]), REFUSED),
    },
    "a list of lists": {
        "jsonl": (["[[1]]"], REFUSED),
        "parquet": (pa.array([[[1]]]), REFUSED),
        "avro": ((avro("array", items=avro("array", items="long")), [[[1]]]), REFUSED),
    },
    "a struct, an object": {
        "csv": (["{a: 1}"], [b"{a: 1}"]),
        "jsonl": (['{"a": 1}'], REFUSED),
        "parquet": (pa.array([{"a": 1}]), REFUSED),
        "avro": ((avro("record", name="Inner", fields=[{"name": "a", "type": "long"}]), [{"a": 1}]), REFUSED),
    },
    "a map": {
        "parquet": (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), REFUSED),
        "avro": ((avro("map", values="long"), [{"k": 1}]), REFUSED),
    },
    "numbers, and texts": {
        "csv": (["1", "x"], [b"x"]),
        "jsonl": (["1", '"x"'], REFUSED),
        "avro": ((["long", "string"], [1, "x"]), REFUSED),
    },
}


def write(name, file, cells):
    if name == "csv":
        file.write_text("n,k\n" + "".join(f"{cell},1\n" for cell in cells))
    elif name == "jsonl":
        file.write_text("".join(f'{{"n": {cell}, "k": 1}}\n' for cell in cells))
    elif name == "parquet":
        parquet.write_table(pa.table({"n": cells, "k": [1] * len(cells)}), file)
    else:
        kind, values = cells
        fields = [{"name": "n", "type": kind}, {"name": "k", "type": "int"}]
        with file.open("wb") as raw:
            rows = [{"n": value, "k": 1} for value in values]
            fastavro.writer(raw, {"type": "record", "name": "Row", "fields": fields}, rows)


def read(name, file):
    found = Format(name)
    kinds = merge_kinds([found.scan(str(file))])
    (batch,) = found.read(str(file), kinds)
    return batch.column("n")


def documented():
    """{value: {format: what the table says}}."""
    lines = iter(DOCS.read_text().splitlines())
    head = next(line for line in lines if line.startswith("| a value that is |"))
    assert [cell.strip() for cell in head.split("|")[2:6]] == list(FORMATS)
    next(lines)
    table: dict[str, dict[str, str]] = {}
    for line in lines:
        if not line.startswith("|"):
            return table
        label, *cells = (cell.strip() for cell in line.split("|")[1:-1])
        table[label] = dict(zip(FORMATS, cells, strict=False))
    return table


@pytest.mark.parametrize(("label", "name"), [(label, name) for label, cases in CASES.items() for name in cases])
def test_a_value_becomes_what_the_table_says(tmp_path, label, name):
    cells, expected = CASES[label][name]
    file = tmp_path / f"values.{name}"
    write(name, file, cells)
    if expected == REFUSED:
        with pytest.raises(DataError, match=rf"values\.{name}.*column 'n'|values\.{name}.*Column\(/n\)"):
            read(name, file)
        said = REFUSED
    else:
        column = read(name, file)
        found = column[-1].as_py()
        np.testing.assert_equal(found, expected)
        said = (
            "missing"
            if found is None
            else {"int64": "int64", "float": "float32", "binary": "bytes"}[str(column.type.value_type)]
        )
    assert documented()[label][name] == said


def test_the_table_has_every_value_and_no_other():
    assert list(documented()) == list(CASES)
    for label, cells in documented().items():
        assert {name for name, cell in cells.items() if cell != NONE} == set(CASES[label]), label
