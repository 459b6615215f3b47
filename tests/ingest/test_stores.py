"""Input files in object stores: the same rows and types as from a folder."""

from pathlib import Path

import pytest

from argosy import fs
from argosy.artifacts import Output
from argosy.errors import DataError, StorageError
from argosy.examples.read import read_examples
from argosy.ingest.executor import example_gen

pytestmark = pytest.mark.beam

TABLE = "name,size\n" + "".join(f"n{number},{number}.5\n" for number in range(50))


def ingested(input_base: str, folder: Path) -> list[dict[str, list]]:
    folder.mkdir()
    output: Output = Output(uri=str(folder), path=str(folder), name="examples")
    example_gen(output, input_base=input_base)
    return [batch.to_pydict() for split in ("train", "eval") for batch in read_examples(str(folder), split)]


def test_a_table_in_a_store(bucket: str, tmp_path: Path) -> None:
    fs.write_bytes(str(tmp_path / "in" / "a b.csv"), TABLE.encode())
    fs.copy(str(tmp_path / "in"), f"{bucket}/data")
    assert ingested(f"{bucket}/data", tmp_path / "one") == ingested(str(tmp_path / "in"), tmp_path / "two")


def test_a_bucket_without_the_files(bucket: str, tmp_path: Path) -> None:
    with pytest.raises((DataError, StorageError), match="no file"):
        ingested(f"{bucket}/nothing", tmp_path / "out")
    with pytest.raises(StorageError, match="no bucket gone"):
        ingested(f"{bucket.partition('//')[0]}//gone/data", tmp_path / "gone")
