"""What a build sees of a checkout: the files that the Dockerfiles name, always as the same bytes."""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import argosy
from argosy.errors import ParameterError

FILES = ("README.md", "pyproject.toml", "setup.py")
FOLDERS = ("argosy", "components", "images")


def checkout() -> Path:
    """Returns the checkout to build from: the one that this code runs from, else the working directory.

    Raises:
        ParameterError: Neither is one.
    """
    for folder in (Path(argosy.__file__).parent.parent, Path.cwd()):
        if (folder / "images" / "layers").is_dir() and (folder / "pyproject.toml").is_file():
            return folder
    raise ParameterError("images are built from a checkout of Argosy (the folder with images/); run this in one")


def build_context(folder: Path) -> bytes:
    """Returns the context as a tar: no dates, no owners, so that only contents decide what is built anew."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(_files(folder)):
            entry = tarfile.TarInfo(str(path.relative_to(folder)))
            content = path.read_bytes()
            entry.size, entry.mode = len(content), 0o755 if path.stat().st_mode & 0o100 else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def revision(folder: Path) -> str:
    """Returns the commit that is checked out, `-dirty` behind it where files differ; "unknown" outside git."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _files(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in FILES)
    for name in FOLDERS:
        for path in (folder / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                yield path
