import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from argosy.errors import DataError, StorageError, UnsettledTypesError
from argosy.ingest import csv_blocks, csv_files, csv_sample
from argosy.ingest.csv_header import CsvFile
from argosy.ingest.csv_options import CsvOptions
from argosy.ingest.csv_sample import read_sampled_csv, sample_csv
from argosy.ingest.scanned import merge_kinds


def csv_file(file, **options):
    return CsvFile(str(file), Path(file), CsvOptions(**options))


def scan_csv(file):
    return csv_files.scan_csv(csv_file(file))


def read_csv(file, kinds):
    return csv_files.read_csv(csv_file(file), kinds)


def sampled(file, kinds=None):
    """The rows of a file read once; None where its first rows do not settle the types."""
    try:
        batches = list(read_sampled_csv(csv_file(file), kinds or sample_csv(csv_file(file)).kinds))
    except UnsettledTypesError:
        return None
    return {name: [v for batch in batches for v in batch.column(name).to_pylist()] for name in batches[0].schema.names}


def csv_of(tmp_path, content, name="x.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def rows_of(file):
    batches = list(read_csv(file, scan_csv(file).kinds))
    return {name: [v for batch in batches for v in batch.column(name).to_pylist()] for name in batches[0].schema.names}


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2", "+3", " 4 ", "007", ""], "int", [[1], [-2], [3], [4], [7], None]),
        (["1", "2.5", "NA", "1e3", ".5", "+1.5"], "float", [[1.0], [2.5], None, [1000.0], [0.5], [1.5]]),
        (["0", "0.0"], "float", [[0.0], [0.0]]),
        (["inf", "-inf", "1"], "float", [[float("inf")], [float("-inf")], [1.0]]),
        (["1", "x"], "bytes", [[b"1"], [b"x"]]),
        (["0x1F", "1"], "bytes", [[b"0x1F"], [b"1"]]),
        (["1_000", "1"], "bytes", [[b"1_000"], [b"1"]]),
        (["+-3", "1"], "bytes", [[b"+-3"], [b"1"]]),
        (["9223372036854775807"], "int", [[2**63 - 1]]),
        (["9223372036854775808", "1"], "bytes", [[b"9223372036854775808"], [b"1"]]),
        (["9223372036854775808", "1.5"], "bytes", [[b"9223372036854775808"], [b"1.5"]]),
        (["18446744073709551616.0", "1"], "float", [[2.0**64], [1.0]]),
        (["", "NA", "N/A", "NaN", "nan", "null", "NULL", '"NA"'], "null", [None] * 8),
        (["na", "-", "None"], "bytes", [[b"na"], [b"-"], [b"None"]]),
        (["true", "false"], "bytes", [[b"true"], [b"false"]]),
        ([" x ", "é"], "bytes", [[b" x "], ["é".encode()]]),
    ],
)
def test_types_and_values(tmp_path, cells, kind, values):
    file = csv_of(tmp_path, "a,k\n" + "".join(f"{cell},k\n" for cell in cells))
    assert scan_csv(file).kinds == {"a": kind, "k": "bytes"}
    assert rows_of(file)["a"] == values
    assert sample_csv(csv_file(file)).kinds == {"a": kind, "k": "bytes"}
    assert sampled(file) in (rows_of(file), None)
    assert sampled(file) is not None or {"+3", "+1.5", "inf", "18446744073709551616.0"} & set(cells)


def test_types_are_settled_by_the_whole_file(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_blocks, "_BLOCK", 2000)
    lines = [",1,1,1"] * 1000 + ["17,1.5,x,1"] + [",,,"] * 1000 + [",2,2,2"] * 10
    file = csv_of(tmp_path, "rare,mixed,text,int\n" + "\n".join(lines))
    scanned = scan_csv(file)
    assert scanned.kinds == {"rare": "int", "mixed": "float", "text": "bytes", "int": "int"}
    assert scanned.rows == len(lines)
    rows = rows_of(file)
    assert rows["rare"] == [None] * 1000 + [[17]] + [None] * 1010
    assert rows["text"][0] == [b"1"]


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,x\n2,y\n",
        "a,b\n1,x\n2,y",
        "a,b\r\n1,x\r\n2,y\r\n",
        "\ufeffa,b\n1,x\n2,y\n",
        '\ufeff"a","b"\r\n"1","x"\r\n"2","y"\r\n',
        "\n\na,b\n\n1,x\n\n\n2,y\n\n",
    ],
)
def test_line_ends_marks_quotes_and_blank_lines_do_not_matter(tmp_path, content):
    file = csv_of(tmp_path, content)
    assert rows_of(file) == {"a": [[1], [2]], "b": [[b"x"], [b"y"]]}
    assert scan_csv(file).rows == 2


def test_commas_quotes_and_line_breaks_inside_quotes(tmp_path):
    file = csv_of(tmp_path, '"a,\n1",b\n"x,y","say ""hi"""\n"two\r\nlines",5" pipe\n')
    assert rows_of(file) == {"a,\n1": [[b"x,y"], [b"two\r\nlines"]], "b": [[b'say "hi"'], [b'5" pipe']]}


CELLS = st.lists(st.text('a1,"\r\n ', max_size=8), min_size=2, max_size=2)


@given(rows=st.lists(CELLS, min_size=1, max_size=20), block=st.integers(8, 60), end=st.sampled_from(["\n", "\r\n"]))
@example(rows=[["a\r\nb", "1"]] * 20, block=31, end="\n")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_pythons_writer_writes_is_read_wherever_blocks_end(tmp_path, monkeypatch, rows, block, end):
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["x", "y"], *rows])
    file = csv_of(tmp_path, text.getvalue())
    monkeypatch.setattr(csv_blocks, "_BLOCK", block)
    scanned = scan_csv(file)
    read = [row for batch in read_csv(file, dict.fromkeys("xy", "bytes")) for row in batch.to_pylist()]
    assert scanned.rows == len(rows)
    assert read == [{"x": cell(x), "y": cell(y)} for x, y in rows]


def cell(text):
    return [text.encode()] if text else None


def test_a_value_larger_than_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_blocks, "_BLOCK", 1000)
    values = ["x" * (k % 97) for k in range(1, 300)] + ["y" * 50_000] + ["z"] * 50
    file = csv_of(tmp_path, "n,a\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values)))
    rows = rows_of(file)
    assert rows["n"] == [[n] for n in range(len(values))]
    assert [len(v[0]) if v else 0 for v in rows["a"]] == [len(v) for v in values]


def test_rows_after_many_blank_lines_are_not_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_blocks, "_BLOCK", 1000)
    blank = "\r\n" * 3000
    file = csv_of(tmp_path, "a,b" + blank + "1,2" + blank + "3,4" + blank)
    assert rows_of(file) == {"a": [[1], [3]], "b": [[2], [4]]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; each file needs a header"),
        ("\n \n\n".replace(" ", ""), "is empty"),
        ("\ufeff", "is empty"),
        ("a,b\n1,2\n3\n", "line 3: 1 value where the header has 2: '3'; mend the line"),
        ("a,b\n1,2\n\n3,4,5\n", "line 4: 3 values where the header has 2: '3,4,5'"),
        ('a,b\n1,"2\n2"\n3,4,5\n', "line 4: 3 values"),
        (b"a,b\n1,2\n3,caf\xe9\n", "line 3: not UTF-8, byte 0xe9 at position 6; save the file as UTF-8"),
        (b"a,b\xe9\n1,2\n", "line 1: not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "line 1: not UTF-8"),
        ('a,b\n1,2\n3,"4\n5,6\n', "line 3: a quote is opened and never closed"),
        ('a,"b\n1,2\n', "header cannot be read"),
        ("a,b\r1,2\r", "header cannot be read .*; mend its quotes and line ends"),
        ("a,b,a\n1,2,3\n", "line 1: two columns are named 'a'; rename one"),
        (",a\n1,2\n", "line 1: column 1 has no name; name it"),
        ("a,b,\n1,2,\n", "column 3 has no name"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_file_and_line(tmp_path, content, message):
    file = csv_of(tmp_path, content)
    with pytest.raises(DataError, match=f"file {file}.*{message}"):
        scan_csv(file)


def test_a_wrong_line_deep_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_blocks, "_BLOCK", 1000)
    file = csv_of(tmp_path, "a,b\n" + "1,2\n" * 5000 + "1\n" + "1,2\n" * 5000)
    with pytest.raises(DataError, match="line 5002: 1 value"):
        scan_csv(file)
    file = csv_of(tmp_path, b"a,b\n" + b"1,2\n" * 5000 + b"\xff,1\n" + b"1,2\n" * 5000)
    with pytest.raises(DataError, match="line 5002: not UTF-8"):
        scan_csv(file)


def test_a_header_alone_has_no_rows(tmp_path):
    for content in ("a,b", "a,b\n", "a,b\n\n\n"):
        scanned = scan_csv(csv_of(tmp_path, content))
        assert (scanned.rows, scanned.kinds) == (0, {"a": "null", "b": "null"})
        with pytest.raises(DataError, match="has a header and no rows; add rows"):
            merge_kinds([scanned])


def test_a_file_without_rows_beside_one_with_rows_is_fine(tmp_path):
    files = [csv_of(tmp_path, "a\n", "1.csv"), csv_of(tmp_path, "a\n5\n", "2.csv")]
    assert merge_kinds([scan_csv(file) for file in files]) == {"a": "int"}


def test_types_hold_for_all_files(tmp_path):
    contents = ["a,b,c\n1,1,\n", "a,b,c\n1.5,,\n", "a,b,c\n,x,\n"]
    files = [csv_of(tmp_path, content, f"{k}.csv") for k, content in enumerate(contents)]
    kinds = merge_kinds([scan_csv(file) for file in files])
    assert kinds == {"a": "float", "b": "bytes", "c": "null"}
    assert [next(read_csv(file, kinds)).to_pydict()["b"] for file in files] == [[[b"1"]], [None], [[b"x"]]]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("a,c\n", "only the first has b; only the second has c; give all files the same header"),
        ("a\n", "only the first has b; give"),
        ("b,a\n", "the columns are in another order"),
    ],
)
def test_two_files_with_different_headers(tmp_path, second, message):
    files = [csv_of(tmp_path, "a,b\n1,2\n", "1.csv"), csv_of(tmp_path, second, "2.csv")]
    with pytest.raises(DataError, match=f"1.csv and .*2.csv have different headers: {message}"):
        merge_kinds([scan_csv(file) for file in reversed(files)])


@pytest.mark.parametrize("after", ["a,b\nx,2\n", "a,b\n1,2\n", "b,a\n1,\n"])
def test_a_file_that_changes_between_the_passes(tmp_path, after):
    kinds = scan_csv(csv_of(tmp_path, "a,b\n1,\n")).kinds
    file = csv_of(tmp_path, after)
    with pytest.raises(DataError, match=r"has changed while it was read|line 2, column '.': '.' is not of type"):
        list(read_csv(file, kinds))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(StorageError, match="cannot read"):
        scan_csv(str(tmp_path / "none.csv"))


LATE = {
    "a float among integers": ("7", "1.5", "float"),
    "text among integers": ("7", "x", "bytes"),
    "a plus sign": ("7", "+5", "int"),
    "hexadecimal": ("7", "0x1F", "bytes"),
    "beyond 64 bits": ("7", "123456789012345678901", "bytes"),
    "an identifier among floats": ("1.5", "123456789012345678901", "bytes"),
    "a large float": ("1.5", "1e30", "float"),
    "the first value": ("", "7", "int"),
    "the first text": ("NA", "x", "bytes"),
    "text among floats": ("1.5", "x", "bytes"),
    "missing": ("7", "", "int"),
}


@pytest.mark.parametrize("case", LATE)
def test_what_comes_after_the_sample_still_decides_the_type(tmp_path, case):
    early, late, kind = LATE[case]
    file = tmp_path / "a.csv"
    file.write_text("x,y\n" + f"{early},1\n" * 3000 + f"{late},2\n" + f"{early},3\n" * 100_000)
    scanned = scan_csv(str(file))
    assert (scanned.kinds, scanned.rows) == ({"x": kind, "y": "int"}, 103_001)
    cells = pa.concat_arrays([batch["x"] for batch in read_csv(str(file), scanned.kinds)])
    assert cells[3000].as_py() == value_of(late, kind)
    assert cells[0].as_py() == cells[-1].as_py() == value_of(early, kind)
    assert cells.null_count == (103_000 if early in ("", "NA") else 0) + (late == "")


@pytest.mark.parametrize("case", LATE)
def test_a_file_read_once_has_the_types_of_all_of_it_or_is_refused(tmp_path, monkeypatch, case):
    monkeypatch.setattr(csv_sample, "_SAMPLE_BYTES", 2000)
    monkeypatch.setattr(csv_blocks, "_BLOCK", 5000)
    early, late, kind = LATE[case]
    file = csv_of(tmp_path, "x,y\n" + f"{early},1\n" * 3000 + f"{late},2\n" + f"{early},3\n" * 3000)
    first = sample_csv(csv_file(file))
    assert 0 < first.rows < 3000
    assert sampled(file) == (rows_of(file) if case == "missing" else None)
    assert (first.kinds["x"] == kind) == (case in ("a plus sign", "a large float", "missing"))


@pytest.mark.parametrize("cell", ["0x1F", "-0X1f", ' 0x1F"'])
@pytest.mark.parametrize("block", [16, 17, 18, 19, 4096])
def test_what_looks_hexadecimal_settles_nothing_wherever_blocks_end(tmp_path, monkeypatch, cell, block):
    monkeypatch.setattr(csv_blocks, "_BLOCK", block)
    file = csv_of(tmp_path, "x,y\n" + "1,N10X\n" * 7 + f"2,{cell}\n")
    assert sampled(file, {"x": "int", "y": "bytes"}) is None
    assert sampled(csv_of(tmp_path, "x,y\n" + "1,N10X\n" * 8), {"x": "int", "y": "bytes"}) is not None


def test_a_file_read_once_is_checked_as_one_that_is_scanned(tmp_path):
    kinds = {"a": "int", "b": "int"}
    with pytest.raises(DataError, match="line 3: 1 value"):
        sampled(csv_of(tmp_path, "a,b\n1,2\n3\n"), kinds)
    with pytest.raises(DataError, match="line 3: a quote is opened and never closed"):
        sampled(csv_of(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n'), {"a": "int", "b": "bytes"})
    with pytest.raises(DataError, match="has changed while it was read"):
        sampled(csv_of(tmp_path, "b,a\n1,2\n"), kinds)


def value_of(text, kind):
    if text in ("", "NA"):
        return None
    return [int(text) if kind == "int" else float(np.float32(text)) if kind == "float" else text.encode()]
