import gzip

import pandas as pd
import pyarrow as pa
import pytest

from argosy.data_validation import (
    generate_statistics,
    generate_statistics_from_csv,
    generate_statistics_from_dataframe,
    generate_statistics_from_tfrecord,
)
from argosy.data_validation.statistics import csv_rows
from argosy.data_validation.statistics.files import read_statistics_file
from argosy.errors import DataError, ParameterError
from argosy.examples import write_examples
from argosy.schema import Feature, Schema


def types(statistics):
    return {feature.name: feature.type for feature in statistics.features}


def test_tfrecord_files_give_what_their_batches_give(tmp_path):
    batch = pa.record_batch({"x": pa.array([[1], [2, 3], None], pa.list_(pa.int64()))})
    write_examples([batch], str(tmp_path / "examples"), "train")
    found = generate_statistics_from_tfrecord(
        f"{tmp_path}/examples/Split-train/*",
        output_path=str(tmp_path / "stats.pb"),
        stats_options={"num_top_values": 3},
    )
    assert found == generate_statistics([batch])
    assert read_statistics_file(str(tmp_path / "stats.pb")) == found
    with pytest.raises(ParameterError, match="no file"):
        generate_statistics_from_tfrecord(f"{tmp_path}/nothing/*")


def test_a_dataframe_is_read_as_it_is():
    frame = pd.DataFrame(
        {
            "number": [1.5, None, 3.0],
            "whole": [1, 2, 3],
            "truth": [True, False, True],
            "text": ["a", None, "a"],
            "group": pd.Categorical(["x", "y", "x"]),
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-03"]),
            "bag": [[1, 2], [], None],
        }
    )
    found = generate_statistics_from_dataframe(frame)
    assert types(found) == {
        "bag": "INT", "group": "STRING", "number": "FLOAT", "text": "STRING", "truth": "INT", "when": "STRING",
        "whole": "INT",
    }  # fmt: skip
    assert found.feature("number").common.num_missing == 1
    assert found.feature("bag").common.tot_num_values == 2
    truth = found.feature("truth").numeric
    assert truth is not None
    assert truth.mean == pytest.approx(2 / 3)
    group = found.feature("group").strings
    assert group is not None
    assert [(entry.value, entry.frequency) for entry in group.top_values] == [("x", 2), ("y", 1)]
    with pytest.raises(DataError, match="one type"):
        generate_statistics_from_dataframe(pd.DataFrame({"x": [1, "a"]}))


def test_a_csv_column_has_the_narrowest_type_that_fits_all_of_it(tmp_path):
    rows = ["early,late,number,day,truth,text,void"]
    rows += [f"{i},,{i},2020-01-01,true,a b," for i in range(3)] + ['x,7,0.5,2020-01-02,false,"c,d",']
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(rows) + "\n")
    found = generate_statistics_from_csv(str(file))
    assert types(found) == {
        "day": "STRING", "early": "STRING", "late": "INT", "number": "FLOAT", "text": "STRING", "truth": "STRING",
        "void": "STRING",
    }  # fmt: skip
    assert found.feature("late").common.num_missing == 3
    assert found.feature("void").common.num_non_missing == 0


def test_a_csv_column_that_changes_late_is_read_again(tmp_path):
    file = tmp_path / "rows.csv"
    with file.open("w") as out:
        out.write("a;b;c\n")
        for i in range(300_000):
            out.write(f"{i};;3\n" if i < 299_990 else "1.5;4;x\n")
    found = generate_statistics_from_csv(str(file), delimiter=";")
    assert types(found) == {"a": "FLOAT", "b": "INT", "c": "STRING"}
    assert found.num_examples == 300_000
    assert found.feature("b").common.num_non_missing == 10


@pytest.mark.parametrize(
    ("usual", "late", "kind"),
    [(b"1", b"1.5", "FLOAT"), (b"1.5", b"x", "STRING"), (b"", b"7", "INT"), (b"x", b"\xff", "STRING")],
)
def test_a_csv_column_that_changes_past_the_first_block_is_read_again(tmp_path, monkeypatch, usual, late, kind):
    monkeypatch.setattr(csv_rows, "_BLOCK_BYTES", 1 << 12)
    file = tmp_path / "rows.csv"
    file.write_bytes(b"a,b\n" + (usual + b",y\n") * 3000 + late + b",z\n")
    found = generate_statistics_from_csv(str(file))
    assert types(found) == {"a": kind, "b": "STRING"}
    assert found.num_examples == 3001


@pytest.mark.parametrize("block", [1, 2, 3, 4 << 20])
@pytest.mark.parametrize(("name", "open_file"), [("rows.csv", open), ("rows.csv.gz", gzip.open)])
def test_hexadecimal_cells_of_a_csv_are_text(tmp_path, monkeypatch, block, name, open_file):
    with open_file(tmp_path / name, "wb") as out:
        out.write(b"hash,number,text\n0x1F,1,0x\n0XA0,2,b\n")
    monkeypatch.setattr(csv_rows, "_SCANNED_BYTES", block)
    found = generate_statistics_from_csv(str(tmp_path / name))
    assert types(found) == {"hash": "STRING", "number": "INT", "text": "STRING"}
    assert found.num_examples == 2
    declared = Schema(features=(Feature(name="hash", type="INT"),))
    assert types(generate_statistics_from_csv(str(tmp_path / name), schema=declared))["hash"] == "STRING"


def test_a_schema_gives_the_columns_of_a_csv_their_types(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("zip,share,count\n01234,1,1\n00042,2,1.5\n")
    schema = Schema(
        features=(
            Feature(name="zip", type="BYTES"),
            Feature(name="share", type="FLOAT"),
            Feature(name="count", type="INT"),
            Feature(name="absent", type="INT"),
        )
    )
    found = generate_statistics_from_csv(str(file), schema=schema)
    assert types(found) == {"count": "FLOAT", "share": "FLOAT", "zip": "STRING"}
    strings = found.feature("zip").strings
    assert strings is not None
    assert strings.values == ("00042", "01234")
    assert types(generate_statistics_from_csv(str(file)))["zip"] == "INT"


def test_what_is_no_csv_is_refused_with_its_name(tmp_path):
    file = tmp_path / "rows.csv"
    for rows in ("1,2\n1,2,3\n", "1,0x\n" * 1_000_000 + "1,2,3\n"):
        file.write_text("a,b\n" + rows)
        with pytest.raises(DataError, match=rf"^file {tmp_path}/rows\.csv: cannot be read as CSV"):
            generate_statistics_from_csv(str(file))
    file.write_text("")
    with pytest.raises(DataError, match=r"rows\.csv: cannot be read as CSV"):
        generate_statistics_from_csv(str(file))
    with pytest.raises(ParameterError, match="delimiter is ';;'; give one character"):
        generate_statistics_from_csv(str(file), delimiter=";;")


@pytest.mark.parametrize("rows", [b"1,2\n", b"1,x\n", b"\n"])
def test_a_header_that_is_not_utf8_is_refused(tmp_path, rows):
    file = tmp_path / "rows.csv"
    file.write_bytes("name,größe\n".encode("latin-1") + rows)
    with pytest.raises(DataError, match=r"rows\.csv: the header is not UTF-8 \(byte 0xf6 in b'gr\\xf6\\xdfe'\).*save"):
        generate_statistics_from_csv(str(file), schema=Schema(features=(Feature(name="name", type="INT"),)))
    named = generate_statistics_from_csv(str(file), ["a", "b"])
    assert named.feature("b").strings.invalid_utf8_count == 1  # type: ignore[union-attr]


def test_a_name_that_is_twice_in_a_header_is_refused(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("a,b,a\n1,2,3\n")
    with pytest.raises(DataError, match=r"rows\.csv: the header has 'a' twice"):
        generate_statistics_from_csv(str(file))


def test_cells_that_are_not_utf8_are_counted(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_bytes(b"a,b\nx,1\n\xe9,2\n")
    strings = generate_statistics_from_csv(str(file)).feature("a").strings
    assert strings is not None
    assert (strings.invalid_utf8_count, strings.unique) == (1, 2)
