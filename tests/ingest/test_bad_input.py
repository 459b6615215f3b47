"""Input that is damaged, odd or too large: read exactly, or refused with file, place and remedy."""

import gzip
import io
import time

import fastavro
import pyarrow as pa
import pytest
from pyarrow import parquet

from argosy.errors import DataError
from argosy.examples import tfrecord
from argosy.examples.encode import encode_examples
from argosy.examples.tfrecord import frame
from argosy.ingest.formats import Format, find_format
from argosy.ingest.row_size import check_values
from argosy.ingest.scanned import merge_kinds

ROWS = 50
CSV = "a,b\n" + "".join(f"{k},x{k}\n" for k in range(ROWS))
JSON = "".join(f'{{"a": {k}, "b": "x{k}"}}\n' for k in range(ROWS))


def examples_of(texts):
    return encode_examples(pa.record_batch({"b": pa.array([[text] for text in texts], pa.list_(pa.binary()))}))


RECORDS = frame(examples_of([b"x%d" % k for k in range(ROWS)]))


def parquet_of(table, **options):
    sink = io.BytesIO()
    parquet.write_table(table, sink, **options)
    return sink.getvalue()


def avro_of(texts, **options):
    sink = io.BytesIO()
    schema = {"type": "record", "name": "Row", "fields": [{"name": "b", "type": "string"}]}
    fastavro.writer(sink, schema, [{"b": text} for text in texts], **options)
    return sink.getvalue()


def damaged(data, at):
    """The data with one byte turned."""
    data = bytearray(data)
    data[at] ^= 0xFF
    return bytes(data)


PARQUET = parquet_of(
    pa.table({"a": range(ROWS), "b": ["x"] * ROWS}), write_page_checksum=True, compression="none", use_dictionary=False
)
AVRO = avro_of([f"x{k}" for k in range(ROWS)], sync_interval=40)
DAMAGED = "damaged or was not written to the end.* write or copy it again"
OTHER = "it is damaged, or of another format"
NO_ROWS = "add rows, or leave the step out until there are some"

REFUSED = [
    ("gzip cut short", "a.csv.gz", gzip.compress(CSV.encode())[:-20], DAMAGED),
    ("gzip cut in its trailer", "a.jsonl.gz", gzip.compress(JSON.encode())[:-3], DAMAGED),
    ("gzip cut short", "a.tfrecord.gz", gzip.compress(RECORDS)[:-20], DAMAGED),
    ("gzip with a wrong CRC", "a.csv.gz", damaged(gzip.compress(CSV.encode()), -6), f"CRC check failed.*{DAMAGED}"),
    ("gzip with a wrong CRC", "a.jsonl.gz", damaged(gzip.compress(JSON.encode()), -6), f"CRC check failed.*{DAMAGED}"),
    ("gzip with a wrong CRC", "a.tfrecord.gz", damaged(gzip.compress(RECORDS), -6), f"CRC check failed.*{DAMAGED}"),
    ("no gzip", "a.csv.gz", b"a,b\n1,2\n" * 9, DAMAGED),
    ("empty gzip", "a.tfrecord.gz", b"", f"the file is empty.*{DAMAGED}"),
    ("a record's CRC", "a.tfrecord", damaged(RECORDS, 14), f"record 0 .from 0.: the checksum of its bytes.*{DAMAGED}"),
    ("the last CRC", "a.tfrecord", damaged(RECORDS, -1), f"record {ROWS - 1} .from 0.: the checksum.*{DAMAGED}"),
    ("a length's CRC", "a.tfrecord", damaged(RECORDS, 0), f"record 0 .from 0.: the checksum of its length.*{DAMAGED}"),
    ("a record cut short", "a.tfrecord", RECORDS[:-2], f"ends within record {ROWS - 1} .*{DAMAGED}"),
    ("a header cut short", "a.tfrecord", RECORDS + RECORDS[:5], f"ends within record {ROWS} .*{DAMAGED}"),
    ("no tf.Example", "a.tfrecord", frame(pa.array([b"hello world"])), "record 0 .* is not a serialized tf.Example"),
    ("empty", "a.tfrecord", b"", NO_ROWS),
    ("empty", "a.csv", b"", "is empty; each file needs a header line and rows: add them, or remove the file"),
    ("empty", "a.jsonl", b"", NO_ROWS),
    ("empty", "a.parquet", b"", OTHER),
    ("empty", "a.avro", b"", OTHER),
    ("no rows", "a.csv", b"a,b\n", f"has a header and no rows; {NO_ROWS}"),
    ("no rows", "a.parquet", parquet_of(pa.table({"a": pa.array([], pa.int64())})), NO_ROWS),
    ("no rows", "a.avro", avro_of([]), NO_ROWS),
    ("no columns", "a.jsonl", b"{}\n{}\n{}\n", "has 3 rows and no column; give the rows values"),
    ("no columns", "a.tfrecord", frame(pa.array([b"", b"\n\0"], pa.binary())), "has 2 rows and no column"),
    ("a reserved name", "a.csv", b"a,__raw_record__\n1,2\n", "reserved name '__raw_record__'; rename it"),
    ("a reserved name", "a.jsonl", b'{"__raw_record__": "x"}\n', "reserved name '__raw_record__'; rename it"),
    ("cut short", "a.parquet", PARQUET[:-30], OTHER),
    ("a page's CRC", "a.parquet", damaged(PARQUET, 200), f"CRC checksum verification failed.*{OTHER}"),
    ("cut short", "a.avro", AVRO[:-30], OTHER),
    ("a wrong sync marker", "a.avro", damaged(AVRO, -1), OTHER),
    ("cut short", "a.jsonl", JSON[:-5].encode(), f"line {ROWS}: .*each line has to be one JSON object"),
    ("two columns of a name", "a.csv", b"a,b,a\n1,2,3\n", "line 1: two columns are named 'a'; rename one"),
    ("two columns of a name", "a.jsonl", b'{"a": 1}\n\n{"a": 1, "a": 2}\n', "line 3: .*was specified twice"),
    (
        "two columns of a name",
        "a.parquet",
        parquet_of(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])),
        "two columns are named 'a'; rename one",
    ),
    (
        "a header that is not UTF-8",
        "a.csv",
        b"a,b\xff\n1,2\n",
        "line 1: not UTF-8, byte 0xff .*; save the file as UTF-8",
    ),
    ("UTF-16", "a.csv", "a,b\n1,2\n".encode("utf-16-le"), "line 1: the header has a NUL byte; save the file as UTF-8"),
    ("UTF-16 with a mark", "a.csv", CSV.encode("utf-16"), "line 1: not UTF-8, .*; save the file as UTF-8"),
    ("a key that is not UTF-8", "a.jsonl", b'{"a": 1}\n{"\xff": 2}\n', "line 2: not UTF-8, byte 0xff; save the file"),
    (
        "a text that is not UTF-8",
        "a.jsonl",
        b'{"a": 1}\n\n{"b": "\xff"}\n',
        "line 3: not UTF-8, byte 0xff; save the file",
    ),
    ("a NUL byte", "a.jsonl", b'{"a": 1}\n{"a": 2}\0\n', "line 2: .*each line has to be one JSON object"),
    (
        "a field too many",
        "a.csv",
        b"a,b\n1,2\n1,2,3\n",
        "line 3: 3 values where the header has 2: '1,2,3'; mend the line",
    ),
    ("a field too few", "a.csv", b"a,b\n1,2\n1\n", "line 3: 1 value where the header has 2: '1'; mend the line"),
    (
        "an open quote",
        "a.csv",
        b'a,b\n1,"2\n3,4\n',
        "line 2: a quote is opened and never closed; close it, or double it",
    ),
    ("an array of rows", "a.json", b'[{"a": 1},\n{"a": 2}]\n', "line 1: .*each line has to be one JSON object"),
]

READ = [
    ("a byte order mark", "a.csv", b"\xef\xbb\xbfa,b\n1,x\n", {"a": [[1]], "b": [[b"x"]]}),
    ("a byte order mark", "a.jsonl", b'\xef\xbb\xbf{"a": 1}\n', {"a": [[1]]}),
    ("CRLF", "a.csv", b'a,b\r\n1,"x\r\ny"\r\n2,z\r\n', {"a": [[1], [2]], "b": [[b"x\r\ny"], [b"z"]]}),
    ("CRLF", "a.jsonl", b'{"a": 1}\r\n\r\n{"a": 2}\r\n', {"a": [[1], [2]]}),
    ("quotes inside quotes", "a.csv", b'a,"b ""c"""\n1,"say ""hi"", x"\n', {"a": [[1]], 'b "c"': [[b'say "hi", x']]}),
    ("quotes inside quotes", "a.jsonl", b'{"a": "say \\"hi\\""}\n', {"a": [[b'say "hi"']]}),
    ("a NUL byte in a value", "a.csv", b"a,b\n1,x\0y\n", {"a": [[1]], "b": [[b"x\0y"]]}),
    ("a NUL in a value", "a.jsonl", b'{"a": "x\\u0000y"}\n', {"a": [[b"x\0y"]]}),
    ("no line break at the end", "a.csv", b"a,b\n1,x", {"a": [[1]], "b": [[b"x"]]}),
    ("no line break at the end", "a.jsonl", b'{"a": 1}', {"a": [[1]]}),
    ("two gzip streams", "a.csv.gz", gzip.compress(b"a\n1\n") + gzip.compress(b"2\n"), {"a": [[1], [2]]}),
]


def labelled(cases):
    return [pytest.param(*case[1:], id=f"{case[0]} {case[1]}") for case in cases]


def rows_of(file):
    found = find_format("", {}, [str(file)])
    scanned = found.scan(str(file))
    kinds = merge_kinds([scanned])
    rows: dict[str, list] = {name: [] for name in kinds}
    count = 0
    for batch in found.read(str(file), kinds):
        check_values(batch, str(file), count)
        count += batch.num_rows
        for name in kinds:
            rows[name] += batch.column(name).to_pylist()
    assert count == scanned.rows
    return rows


@pytest.mark.parametrize(("name", "content", "message"), labelled(REFUSED))
def test_what_cannot_be_read_is_refused_with_file_place_and_remedy(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"(?s)^files? \S*/{name}.*{message}"):
        rows_of(tmp_path / name)


@pytest.mark.parametrize(("name", "content", "rows"), labelled(READ))
def test_what_is_odd_is_read_as_it_is(tmp_path, name, content, rows):
    (tmp_path / name).write_bytes(content)
    assert rows_of(tmp_path / name) == rows


@pytest.fixture
def limit(monkeypatch):
    """A row may have 100 kB here."""
    monkeypatch.setattr(tfrecord, "LARGEST_RECORD", 100_000)
    monkeypatch.setattr("argosy.ingest.csv_blocks._BLOCK", 1000)
    monkeypatch.setattr("argosy.ingest.json_files._CHUNK", 1000)


def texts_with(size):
    return ["a", "b" * 50, "c" * size, "d"]


def with_value(size):
    """Files with a value of this many bytes in the third row."""
    texts = texts_with(size)
    return {
        "a.csv": ("b,n\n" + "".join(f'"{text}",1\n' for text in texts)).encode(),
        "a.jsonl": "".join(f'{{"b": "{text}"}}\n' for text in texts).encode(),
        "a.parquet": parquet_of(pa.table({"b": texts})),
        "a.avro": avro_of(texts, sync_interval=10),
    }


LARGE = {
    "a.csv": "line 4: a row that begins there",
    "a.jsonl": "line 3: a row that begins there",
    "a.parquet": "row 3, column 'b': a value that",
    "a.avro": "rows 3 to 3: a block of Avro that",
}


@pytest.mark.usefixtures("limit")
@pytest.mark.parametrize("name", LARGE)
def test_a_value_that_is_too_large_is_refused_and_one_below_is_read(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(with_value(200_000)[name])
    with pytest.raises(DataError, match=rf"{name}.*{LARGE[name]} has more than 100,000 bytes; keep such a value in a"):
        rows_of(file)
    file.write_bytes(with_value(90_000)[name])
    assert rows_of(file)["b"] == [[text.encode()] for text in texts_with(90_000)]


def test_a_record_that_is_too_large_is_neither_read_nor_written(tmp_path, limit, monkeypatch):
    records = examples_of([text.encode() for text in texts_with(200_000)])
    with pytest.raises(DataError, match="a row has more than 100,000 bytes; keep such a value in a file of its own"):
        frame(records)
    with monkeypatch.context() as unlimited:
        unlimited.setattr(tfrecord, "LARGEST_RECORD", 1 << 30)
        (tmp_path / "a.tfrecord").write_bytes(frame(records))
    with pytest.raises(DataError, match=r"a\.tfrecord: record 2 .from 0. has 200,0\d\d bytes, more than 100,000; keep"):
        rows_of(tmp_path / "a.tfrecord")


@pytest.mark.usefixtures("limit")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("b" * 200_000, "line 1: a header that begins there has more than 100,000 bytes"),
        ('a,b\n1,2\n1,"' + "x\n" * 100_000 + '"\n', "line 3: a row that begins there has more than 100,000 bytes"),
    ],
)
def test_lines_that_have_lost_their_ends_are_refused_before_they_fill_the_memory(tmp_path, content, message):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        rows_of(tmp_path / "a.csv")


WIDE = 10_000


def wide_files():
    names = [f"column_{k}" for k in range(WIDE)]
    row = dict.fromkeys(names, 7)
    fields = [{"name": name, "type": "long"} for name in names]
    avro = io.BytesIO()
    fastavro.writer(avro, {"type": "record", "name": "Row", "fields": fields}, [row] * 3)
    values = pa.array([[7]] * 3, pa.list_(pa.int64()))
    records = encode_examples(pa.RecordBatch.from_arrays([values] * WIDE, names=names))
    return {
        "a.csv": (",".join(names) + "\n" + (",".join("7" * WIDE) + "\n") * 3).encode(),
        "a.jsonl": (str(row).replace("'", '"') + "\n").encode() * 3,
        "a.parquet": parquet_of(pa.table([pa.array([7, 7, 7])] * WIDE, names=names)),
        "a.avro": avro.getvalue(),
        "a.tfrecord": frame(records),
    }


@pytest.fixture(scope="module")
def wide():
    return wide_files()


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.avro", "a.tfrecord"])
def test_ten_thousand_columns(tmp_path, wide, name):
    (tmp_path / name).write_bytes(wide[name])
    start = time.process_time()
    rows = rows_of(tmp_path / name)
    assert rows == {f"column_{k}": [[7]] * 3 for k in range(WIDE)}
    assert time.process_time() - start < 30


def test_a_format_is_not_guessed_from_what_is_in_a_file(tmp_path):
    (tmp_path / "a.csv").write_bytes(PARQUET)
    with pytest.raises(DataError, match=r"a\.csv.*(NUL|UTF-8|header cannot be read)"):
        Format("csv").scan(str(tmp_path / "a.csv"))
