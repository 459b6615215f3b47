"""Installs packages into a folder, for one image layer: `python install.py FOLDER PIP_ARGUMENT...`.

What nothing imports is removed, the rest is byte-compiled, and all of it gets one date, so that equal packages make
equal layers.
"""

import compileall
import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNUSED_FOLDERS = (
    "**/tests",
    "bin",
    "include",
    "numpy/_core/include",
    "nvidia/*/include",
    "pyarrow/include",
    "pyarrow/src",
    "tensorflow/include",
    "tensorflow/xla_aot_runtime_src",
)
UNUSED_FILES = (
    "*.dist-info/RECORD",
    "**/*.a",
    "**/*.c",
    "**/*.cc",
    "**/*.cpp",
    "**/*.h",
    "**/*.hpp",
    "**/*.pxd",
    "**/*.pxi",
    "**/*.pyi",
    "**/*.pyx",
    # Arrow's RPC server, 31 MB that nothing else of Arrow links to.
    "pyarrow/*_flight*",
)
DATE = 1_577_836_800
"""2020-01-01, on every file."""


def main(folder: Path, arguments: list[str]) -> None:
    """Installs, prunes, compiles, dates."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--no-compile", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", str(folder), *arguments], check=True)
    for path in unused(folder):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    # The files of an image never change: bytecode that trusts them needs no look at the source.
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, stripdir=folder, quiet=2, workers=0, invalidation_mode=mode)
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (DATE, DATE), follow_symlinks=False)


def unused(folder: Path) -> Iterator[Path]:
    """Yields what no image needs; a folder once, not what is in it."""
    folders = {path for pattern in UNUSED_FOLDERS for path in folder.glob(pattern) if path.is_dir()}
    outermost = {path for path in folders if folders.isdisjoint(path.parents)}
    yield from outermost
    files = {path for pattern in UNUSED_FILES for path in folder.glob(pattern) if path.is_file()}
    yield from (path for path in files if outermost.isdisjoint(path.parents))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
