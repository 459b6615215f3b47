"""A CSV file's header, and where its rows start."""

import collections
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from argosy.errors import DataError, StorageError
from argosy.ingest.csv_faults import find_fault
from argosy.ingest.csv_options import CsvOptions
from argosy.ingest.local_file import LocalFile
from argosy.ingest.row_size import largest_row, too_large

_BOM = b"\xef\xbb\xbf"


class CsvFile(NamedTuple):
    """A file and how it is written. Its text is the file's name."""

    name: str
    path: Path
    options: CsvOptions = CsvOptions()

    def __str__(self) -> str:
        return self.name


def csv_file(file: LocalFile, options: CsvOptions) -> CsvFile:
    """Returns a local file as a CSV file."""
    return CsvFile(file.name, file.path, options)


def read_header(file: CsvFile) -> tuple[tuple[str, ...], int]:
    """Returns the names of the columns, and where in the file the rows start.

    Raises:
        DataError: The file is empty, the header is not UTF-8, or has a column without a name or a name twice.
        StorageError: It cannot be read.
    """
    with open_csv(file) as raw:
        start = len(_BOM) if raw.read(len(_BOM)) == _BOM else 0
        if file.options.names:
            _check_names(file, file.options.names)
            return file.options.names, start
        raw.seek(start)
        lines = _CountedLines(file.name, raw)
        try:
            names = next((tuple(row) for row in csv.reader(lines, strict=True, **file.options.dialect) if row), None)
        except UnicodeDecodeError as error:
            raise find_fault(file.name, open_csv(file), 0, str(error), file.options) from error
        except csv.Error as error:
            raise DataError(
                f"file {file}: the header cannot be read ({error}); mend its quotes and line ends"
            ) from error
    if names is None:
        raise DataError(f"file {file} is empty; each file needs a header line and rows: add them, or remove the file")
    _check_names(file, names)
    return names, start + lines.read


def _check_names(file: CsvFile, names: Sequence[str]) -> None:
    twice = sorted(name for name, count in collections.Counter(names).items() if count > 1)
    if twice and twice != [""]:
        raise DataError(f"file {file}, line 1: two columns are named {twice[-1]!r}; rename one")
    if any("\0" in name for name in names):
        raise DataError(f"file {file}, line 1: the header has a NUL byte; save the file as UTF-8 text")
    if "" in names:
        raise DataError(
            f"file {file}, line 1: column {names.index('') + 1} has no name; name it, or write the file without its "
            "index column (pandas: index=False)"
        )


def open_csv(file: CsvFile) -> BinaryIO:
    """Returns the file, open.

    Raises:
        StorageError: It cannot be read.
    """
    try:
        return file.path.open("rb")
    except OSError as error:
        raise StorageError(f"cannot read {file}: {error}") from error


class _CountedLines:
    """The lines of a file as text, and how many bytes of it have been read."""

    def __init__(self, name: str, raw: BinaryIO) -> None:
        self._name, self._raw = name, raw
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._raw.readline(largest_row()):
            self.read += len(line)
            if self.read >= largest_row():
                raise too_large(f"file {self._name}, line 1: a header that begins there")
            yield line.decode()
