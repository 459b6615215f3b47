"""Examples in object stores: the same rows as from a folder."""

from pathlib import Path

import pyarrow as pa
import pytest

from argosy import fs
from argosy.errors import ArtifactError, DataError
from argosy.examples.layout import split_files, split_names, split_payload
from argosy.examples.payload import SUFFIXES
from argosy.examples.read import known_rows, read_examples
from argosy.examples.write import ExamplesWriter


def test_rows_of_every_payload_come_from_a_store_a_file_at_a_time(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    values: list[list[list[int] | None]] = [[[1], None, [2, 3]], [[4], [], [5]]]
    for payload in SUFFIXES:
        folder, uri = tmp_path / payload, f"{bucket}/{payload}"
        for shard, rows in enumerate(values):
            with ExamplesWriter(str(folder), "train", payload_format=payload, shard=shard, shards=2) as writer:
                writer.write(pa.record_batch({"x": pa.array(rows, pa.list_(pa.int64())), "y": pa.nulls(3)}))
        fs.copy(str(folder), uri)
        fs.write_bytes(f"{uri}/Split-train/_SUCCESS", b"")
        assert split_names(uri) == ["train"]
        assert split_payload(uri, "train") == payload
        assert known_rows(split_files(uri, "train")) is None
        read = []
        for batch in read_examples(uri, "train", columns=["x"]):
            assert len(list((tmp_path / "temporary").iterdir())) == 1
            read += batch.column("x").to_pylist()
        assert read == [*values[0], *values[1]]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_is_not_in_a_store_is_named(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"/none: no folder Split-<name> in it"):
        next(read_examples(f"{bucket}/none", "train"))
    fs.write_bytes(f"{bucket}/a/Split-train/data.gz", b"no gzip")
    with pytest.raises(ArtifactError, match=r"no split 'trian'; did you mean 'train'"):
        next(read_examples(f"{bucket}/a", "trian"))
    with pytest.raises(DataError, match=rf"^file {bucket}/a/Split-train/data\.gz: (?!.*argosy-fetched)"):
        next(read_examples(f"{bucket}/a", "train"))
