"""Bytes on the local file system: whole or not at all."""

from pathlib import Path

import pytest

from argosy import fs
from argosy.errors import ParameterError, StorageError


def test_write_and_read(tmp_path: Path) -> None:
    target = str(tmp_path / "a" / "b")
    fs.write_bytes(target, b"one")
    fs.write_bytes(f"file://{target}", b"two")
    assert fs.read_bytes(target) == b"two"
    assert fs.list_files(str(tmp_path)) == [target]


def test_what_is_not_there(tmp_path: Path) -> None:
    assert not fs.exists(str(tmp_path / "x"))
    assert fs.list_files(str(tmp_path / "x")) == []
    assert fs.digest(str(tmp_path / "x")) == ""
    fs.remove(str(tmp_path / "x"))
    with pytest.raises(StorageError, match="cannot read"):
        fs.read_bytes(str(tmp_path / "x"))


def test_a_digest_sees_names_bytes_and_nothing_else(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        fs.write_bytes(str(tmp_path / folder / "f"), b"same")
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert fs.digest(one) == fs.digest(two)
    fs.write_bytes(f"{two}/g", b"")
    assert fs.digest(one) != fs.digest(two)
    fs.remove(f"{two}/g")
    assert fs.digest(f"file://{one}") == fs.digest(f"{one}/") == fs.digest(two)
    fs.write_bytes(f"{two}/f", b"othe")
    assert fs.digest(one) != fs.digest(two)


def test_a_directory_is_published_whole(tmp_path: Path) -> None:
    fs.write_bytes(str(tmp_path / "source/sub/f"), b"x")
    fs.copy_directory(str(tmp_path / "source"), str(tmp_path / "base/7"))
    assert fs.read_bytes(str(tmp_path / "base/7/sub/f")) == b"x"
    with pytest.raises(StorageError, match="exists"):
        fs.copy_directory(str(tmp_path / "source"), str(tmp_path / "base/7"))
    with pytest.raises(StorageError, match="cannot publish"):
        fs.copy_directory(str(tmp_path / "nothing"), str(tmp_path / "base/8"))
    assert [path.name for path in (tmp_path / "base").iterdir()] == ["7"]


def test_an_unknown_scheme() -> None:
    with pytest.raises(ParameterError, match="scheme not supported"):
        fs.exists("ftp://host/file")


def test_an_unwritable_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        fs.write_bytes(str(tmp_path / "file" / "below"), b"")
