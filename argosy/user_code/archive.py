"""Packages of the user's in one file: packed the same way every time, unpacked so that nothing lands elsewhere."""

import io
import lzma
import stat
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from argosy.errors import ParameterError

MAX_BYTES = 100_000_000
"""Of all files together, unpacked."""
MAX_FILES = 10_000
SKIPPED = (".*", "__pycache__", "*.pyc", "*.pyo", "*.egg-info", "node_modules")
"""Names that are left out of a folder, at any depth: hidden ones, and what tools make of code."""
CHUNK = 1 << 16
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)


def pack(folder: Path) -> bytes:
    """Returns a folder's files as a zip archive; the same files are the same bytes, whenever and wherever.

    A folder with an `__init__.py` is itself a package and stands in the archive under its name; of another one the
    archive holds the content. Nothing is compressed, since compressors differ from one Python to another.

    Raises:
        ParameterError: There is no Python in it, it is too large, or a link leads out of it.
    """
    root = folder.resolve()
    package = root.name if (root / "__init__.py").is_file() else ""
    if package and not package.isidentifier():
        raise ParameterError(f"{folder}: holds an __init__.py, but {package!r} is no name of a package; rename it")
    files = sorted((PurePosixPath(package, *path.relative_to(root).parts), path) for path in _files(root, root))
    if not any(name.suffix == ".py" for name, _ in files):
        raise ParameterError(f"{folder}: no Python file in it; give the folder of a package, or one with modules in it")
    sizes = {str(name): path.stat().st_size for name, path in files}
    if sum(sizes.values()) > MAX_BYTES or len(files) > MAX_FILES:
        largest = max(sizes, key=lambda name: sizes[name])
        raise ParameterError(
            f"{folder}: {len(files)} files of {sum(sizes.values())} bytes; code has at most {MAX_FILES} and "
            f"{MAX_BYTES}. The largest is {largest} with {sizes[largest]}: move data out of it"
        )
    _check_names([name for name, _ in files], str(folder))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files:
            entry = zipfile.ZipInfo(str(name), date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def unpack(data: bytes, name: str, target: Path) -> None:
    """Writes an archive's files below the target, which is empty.

    Args:
        data: The archive.
        name: Its name for messages; its ending says what it is.
        target: The folder.

    Raises:
        ParameterError: It is no such archive, is too large, or a file of it would land elsewhere or hide another.
    """
    left, written = MAX_BYTES, []
    try:
        for member, stream in _tar(data, name) if name.endswith((".tar.gz", ".tgz")) else _zip(data, name):
            path = _below(member, name)
            written.append(path)
            if len(written) > MAX_FILES:
                raise ParameterError(f"{name}: more than {MAX_FILES} files; move data out of the code")
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            with stream, (target / path).open("xb") as file:
                while chunk := stream.read(CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise ParameterError(f"{name}: more than {MAX_BYTES} bytes unpacked; move data out of the code")
                    file.write(chunk)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ParameterError(f"{name}: {written[-1]} stands in it twice; pack it again") from error
    except _BROKEN as error:
        raise ParameterError(f"{name}: cannot be unpacked ({type(error).__name__}: {error}); pack it again") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise ParameterError(f"{name}: cannot be unpacked ({error}); pack it again") from error
    _check_names(written, name)


def top_names(folder: Path) -> list[str]:
    """Returns what can be imported from a folder, sorted."""
    paths = [PurePosixPath(*path.relative_to(folder).parts) for path in folder.rglob("*.py")]
    return sorted({path.parts[0].removesuffix(".py") for path in paths})


def _files(folder: Path, root: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatchcase(path.name, pattern) for pattern in SKIPPED):
            continue
        if path.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(root)):
            raise ParameterError(f"{path}: a link to a folder, or out of {root}, cannot travel; put a copy there")
        if path.is_dir():
            yield from _files(path, root)
        elif path.is_file():
            yield path
        else:
            raise ParameterError(f"{path}: neither a file nor a folder, so it cannot travel; remove it")


def _zip(data: bytes, name: str) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise ParameterError(f"{name}: {entry.filename} is a link; put a copy there")
            if entry.flag_bits & 1:
                raise ParameterError(f"{name}: {entry.filename} is encrypted; pack it without a password")
            if not entry.is_dir():
                yield entry.filename, archive.open(entry)


def _tar(data: bytes, name: str) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for entry in archive:
            if entry.isdir():
                continue
            stream = archive.extractfile(entry) if entry.isreg() else None
            if stream is None:
                raise ParameterError(f"{name}: {entry.name} is a link or a device; put a copy there")
            yield entry.name, stream


def _below(member: str, name: str) -> PurePosixPath:
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in member or "\0" in member:
        raise ParameterError(f"{name}: {member!r} would land outside of it; pack it with paths relative to its top")
    return path


def _check_names(paths: Iterable[PurePosixPath], where: str) -> None:
    """An archive goes to the beginning of the module search path."""
    modules = {path.parts[0].removesuffix(".py") for path in paths if path.suffix == ".py"}
    if hidden := sorted(modules & {*sys.stdlib_module_names, "argosy"}):
        owner = "Argosy" if hidden[0] == "argosy" else "Python"
        raise ParameterError(
            f"{where}: {hidden[0]!r} at its top would hide {owner}'s own module of that name; "
            "rename it, or put it into a package"
        )
