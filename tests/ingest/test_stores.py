"""Input files in object stores: the same rows and types as from a folder, for every format."""

import contextlib
import json
import threading
import urllib.request
from pathlib import Path

import pytest

from argosy import fs
from argosy.artifacts import Output
from argosy.errors import DataError, StorageError
from argosy.examples.read import read_examples
from argosy.ingest.executor import example_gen
from argosy.ingest.formats import FORMATS
from argosy.ingest.source import resolve_source

pytestmark = pytest.mark.beam

ROWS = [{"id": k, "group": f"g{k % 5}"} for k in range(60)]
SPANS = {"splits": [{"name": "all", "pattern": "day-{YYYY}{MM}{DD}/*"}]}


def ingested(folder: Path, input_base: str, **parameters) -> tuple[dict[str, list], dict]:
    """(rows of each split, metadata)."""
    folder.mkdir()
    output: Output = Output(uri=str(folder), path=str(folder), name="examples")
    example_gen(output, input_base=input_base, **parameters)
    splits = json.loads(output.metadata["num_examples"])
    rows = {
        split: [row for batch in read_examples(str(folder), split) for row in batch.to_pylist()] for split in splits
    }
    return rows, output.metadata


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_in_a_store_is_read_as_from_a_folder(bucket: str, tmp_path: Path, write_rows, name: str) -> None:
    write_rows(tmp_path / "in", "a b", name, ROWS[:40])
    write_rows(tmp_path / "in", "ö", name, ROWS[40:])
    fs.copy(str(tmp_path / "in"), f"{bucket}/data")
    stored, metadata = ingested(tmp_path / "one", f"{bucket}/data")
    local, _ = ingested(tmp_path / "two", str(tmp_path / "in"))
    assert stored == local
    assert sorted(row["id"][0] for rows in stored.values() for row in rows) == list(range(60))
    # The same files have the same fingerprint, wherever they are.
    assert metadata["input_fingerprint"] == resolve_source({"input_base": str(tmp_path / "in")})["fingerprint"]


def test_a_reader_of_the_users_gets_a_file_under_its_own_name_as_it_is(bucket: str, tmp_path: Path) -> None:
    row = "{'name': Path(path).name, 'all': Path(path).read_bytes()}"
    code = f"from pathlib import Path\ndef reader_fn(path):\n    yield {row}\n"
    fs.write_bytes(f"{bucket}/data/some.rows.gz", b"as it is")
    rows, _ = ingested(tmp_path / "one", f"{bucket}/data", module_file=code)
    assert [row for split in rows.values() for row in split] == [{"name": [b"some.rows.gz"], "all": [b"as it is"]}]


def test_the_newest_span_and_a_single_file_in_a_store(bucket: str, tmp_path: Path, write_rows) -> None:
    for day, rows in (("20240101", ROWS[:20]), ("20240102", ROWS[20:50])):
        write_rows(tmp_path / "in" / f"day-{day}", "rows", "csv", rows)
    fs.copy(str(tmp_path / "in"), f"{bucket}/data")
    newest, metadata = ingested(tmp_path / "one", f"{bucket}/data", input_config=SPANS)
    assert sorted(row["id"][0] for rows in newest.values() for row in rows) == list(range(20, 50))
    assert metadata["span"] == 19724
    single, _ = ingested(tmp_path / "two", f"{bucket}/data/day-20240101/rows.csv")
    assert sum(map(len, single.values())) == 20


def test_markers_of_directories_are_no_files(s3_bucket: str, s3_endpoint: str, tmp_path: Path, write_rows) -> None:
    write_rows(tmp_path / "in" / "day-20240101", "rows", "csv", ROWS)
    fs.copy(str(tmp_path / "in"), f"{s3_bucket}/data")
    for marker in ("data/", "data/day-20240101/", "data/day-20240102/"):
        url = f"{s3_endpoint}/{s3_bucket.removeprefix('s3://')}/{marker}"
        urllib.request.urlopen(urllib.request.Request(url, data=b"", method="PUT"), timeout=10).close()
    rows, metadata = ingested(tmp_path / "out", f"{s3_bucket}/data", input_config=SPANS)
    assert sum(map(len, rows.values())) == 60
    assert metadata["span"] == 19723


def test_an_object_that_is_overwritten_while_it_is_read_is_refused(bucket: str, tmp_path: Path, write_rows) -> None:
    write_rows(tmp_path / "in", "rows", "csv", ROWS)
    fs.copy(str(tmp_path / "in"), f"{bucket}/data")
    with (
        growing(f"{bucket}/data/rows.csv"),
        pytest.raises(DataError, match=r"data/rows.csv has changed since the step"),
    ):
        ingested(tmp_path / "out", f"{bucket}/data")


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, write_rows) -> None:
    write_rows(tmp_path / "in", "rows", "csv", ROWS)
    file = str(tmp_path / "in" / "rows.csv")
    with (
        growing(file),
        pytest.raises(DataError, match=r"rows.csv has changed since the step began to read it; nothing"),
    ):
        ingested(tmp_path / "out", str(tmp_path / "in"))


@contextlib.contextmanager
def growing(file: str):
    """The file gets another row again and again."""
    done = threading.Event()

    def grow():
        content = fs.read_bytes(file)
        while not done.wait(0.01):
            content += b"1000,more\n"
            fs.write_bytes(file, content)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_a_bucket_without_the_files(bucket: str, tmp_path: Path) -> None:
    with pytest.raises((DataError, StorageError), match="no file"):
        ingested(tmp_path / "out", f"{bucket}/nothing")
    with pytest.raises(StorageError, match="no bucket gone"):
        ingested(tmp_path / "gone", f"{bucket.partition('//')[0]}//gone/data")
