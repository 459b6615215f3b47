"""An input file as a file of this machine, decompressed."""

import bz2
import contextlib
import lzma
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from isal import igzip, isal_zlib

from argosy import fs
from argosy.errors import DataError, StorageError

_BLOCK = 8 << 20


def _open_zstandard(path: Path, mode: str) -> Any:
    return pa.CompressedInputStream(pa.OSFile(str(path), mode), "zstd")


COMPRESSIONS: dict[str, Callable[[Path, str], Any]] = {
    ".gz": igzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
    ".zst": _open_zstandard,
}
"""Suffix -> what opens a file that is compressed so."""

_DAMAGED: tuple[Any, ...] = (EOFError, zlib.error, isal_zlib.IsalError, igzip.BadGzipFile, lzma.LZMAError, OSError)


class LocalFile(NamedTuple):
    """A file to read.

    Attributes:
        name: What a person calls it; the text of this object.
        path: Where its bytes are.
    """

    name: str
    path: Path

    def __str__(self) -> str:
        return self.name


def plain_name(file: str) -> str:
    """Returns the name of a file without the suffix of a compression.

    >>> plain_name("s3://bucket/a.csv.gz")
    's3://bucket/a.csv'
    """
    suffix = Path(file).suffix.lower()
    return file[: -len(suffix)] if suffix in COMPRESSIONS else file


@contextlib.contextmanager
def local_file(file: str, *, decompress: bool = True) -> Iterator[LocalFile]:
    """Yields the file: itself where it is local and plain, else a copy that is gone afterwards.

    Raises:
        StorageError: It cannot be read.
        DataError: It is damaged: the compressed stream is truncated or is none.
    """
    opener = COMPRESSIONS.get(Path(file).suffix.lower()) if decompress else None
    if opener is None and not fs.is_remote(file):
        yield LocalFile(file, fs.local_path(file))
        return
    with tempfile.TemporaryDirectory(prefix="argosy-input-") as folder:
        path = fs.local_path(file)
        if fs.is_remote(file):
            path = Path(folder) / file.rpartition("/")[2]
            fs.copy(file, str(path))
        if opener is not None:
            path = _decompressed(file, path, opener, Path(folder) / "plain")
        yield LocalFile(file, path)


def _decompressed(file: str, path: Path, opener: Callable[[Path, str], Any], target: Path) -> Path:
    if not path.exists():
        raise StorageError(f"cannot read {file}: there is no such file")
    try:
        with opener(path, "rb") as stream, target.open("wb") as plain:
            shutil.copyfileobj(stream, plain, _BLOCK)
    except _DAMAGED as error:
        raise DataError(
            f"file {file} cannot be decompressed ({error}); it is damaged or was not written to the end: write or copy "
            "it again"
        ) from error
    return target
