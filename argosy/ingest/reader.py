"""Files of a format of the user's own, whose rows a function of theirs yields.

    def reader_fn(path):                    # or reader_fn(path, custom_config)
        for sample in load(path):
            yield {"id": sample.id, "image": sample.png, "labels": ["cat", "indoors"]}

It is called for a file twice, once for the types of the columns and once for the rows, wherever Beam's workers are.
"""

import dataclasses
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from argosy.errors import ArgosyError, ParameterError, UserCodeError, located
from argosy.examples.codec import decode_examples
from argosy.examples.progress import RowProgress
from argosy.ingest.features import as_batch, wider_kinds
from argosy.ingest.local_file import LocalFile
from argosy.ingest.python_columns import as_columns
from argosy.ingest.scanned import ScannedFile
from argosy.user_code import load_function, raised_at, with_custom_config

NAME = "reader_fn"
_FORMAT_PARAMETERS = ("input_format", "read_options")
_CHUNK_ROWS, _CHUNK_BYTES = 10_000, 16 << 20
_WANTED = (
    "a row is a dictionary of column -> value or the bytes of a serialized tf.Example, and many rows are a "
    "pyarrow.RecordBatch"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reader:
    """The user's function, as it travels to workers: where it is, and what it is given beside a file.

    Attributes:
        module_file: The file or packages that define it; empty: an installed module does.
        reader_fn: Its import path; empty: `reader_fn` of the file.
        custom_config: Handed to it if it asks.
    """

    module_file: str
    reader_fn: str
    custom_config: Mapping[str, Any]

    def function(self) -> tuple[Callable[[str], Any], str]:
        """Returns the function of a path alone, and the name of its file for messages.

        Raises:
            ParameterError: The code cannot be found.
            UserCodeError: It raises when it is imported, or has no such function.
        """
        function, file = load_function(self.module_file, self.reader_fn, name=NAME)
        return with_custom_config(function, self.custom_config, name=NAME, argument="path"), file


def user_reader(parameters: Mapping[str, Any]) -> Reader | None:
    """Returns what reads the files by ExampleGen's parameters; None where no code is given.

    Raises:
        ParameterError: The code cannot be found, or the parameters contradict each other.
        UserCodeError: It raises when it is imported, or has no such function.
    """
    module_file, reader_fn = parameters.get("module_file") or "", parameters.get("reader_fn") or ""
    custom_config = parameters.get("custom_config") or {}
    if not module_file and not reader_fn:
        if custom_config:
            raise ParameterError(f"custom_config is handed to a {NAME}, and none is given; leave it out")
        return None
    for name in _FORMAT_PARAMETERS:
        if parameters.get(name):
            raise ParameterError(f"{name} is of Argosy's own formats, and {NAME} reads the files; leave it out")
    reader = Reader(module_file=module_file, reader_fn=reader_fn, custom_config=custom_config)
    reader.function()
    return reader


def scan_rows(reader: Reader, file: LocalFile, types: Mapping[str, str] | None = None) -> ScannedFile:
    """Returns columns, kinds and number of rows of a file, all of which is read.

    Args:
        reader: What reads it.
        file: The file.
        types: Kinds that a person gave to columns, which may have values of several; None: none.

    Raises:
        UserCodeError: The function raised, or yielded what is no row.
        DataError: A column has values of two kinds, or of one that a feature cannot hold.
    """
    given = types or {}
    kinds: dict[str, str] = {}
    progress = RowProgress(f"typing {file}")
    for first, rows, batch in _chunks(reader, file, given):
        with _where(file, first, rows):
            kinds = wider_kinds(kinds, batch.schema, given)
        progress.add(rows)
    return ScannedFile(file=file.name, kinds=kinds, rows=progress.rows)


def read_rows(reader: Reader, file: LocalFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows as list columns of these kinds; a column that a row lacks is missing in it.

    Raises:
        UserCodeError: The function raised, or yielded what is no row, or other columns than before.
        DataError: A value is not of its kind.
    """
    for first, rows, batch in _chunks(reader, file, kinds):
        with _where(file, first, rows):
            if unknown := sorted(set(batch.schema.names) - set(kinds)):
                raise not_the_same(f"column {unknown[0]!r} was not there when it was called before")
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            yield as_batch(columns, kinds, rows)


def not_the_same(difference: str) -> UserCodeError:
    """Returns the error for a function that has not done twice the same with a file."""
    return UserCodeError(f"{NAME}: {difference}; it has to yield the same rows of a file each time it is called")


def _where(file: LocalFile, first: int, rows: int) -> Any:
    return located(file=file.name, rows=f"{first + 1} to {first + rows}")


def _chunks(reader: Reader, file: LocalFile, types: Mapping[str, str]) -> Iterator[tuple[int, int, pa.RecordBatch]]:
    """Yields the number of the first row, from 0, the number of rows, and their columns, each of a type of its own."""
    first = 0
    for _, run in itertools.groupby(_yielded(reader, file), type):
        for items in _limited(run):
            rows = sum(map(_rows, items))
            with _where(file, first, rows):
                batch = _batch(items, first, types)
            yield first, rows, batch
            first += rows


def _batch(items: list[Any], first: int, types: Mapping[str, str]) -> pa.RecordBatch:
    """Returns the columns of some rows, or of the one batch."""
    if isinstance(items[0], pa.RecordBatch):
        names = items[0].schema.names
        if len(set(names)) < len(names):
            raise UserCodeError(f"{NAME} yielded a RecordBatch with two columns of one name; rename one")
        return items[0]
    if isinstance(items[0], bytes):
        return decode_examples(pa.array(items, pa.binary()), first_record=first)
    names = list(dict.fromkeys(itertools.chain.from_iterable(items)))
    return as_columns(names, [[row.get(name) for name in names] for row in items], types)


def _limited(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Yields lists of rows, of a size that a step can hold in memory; of a batch, parts of it, one to a list."""
    chunk: list[Any] = []
    size = 0
    for item in items:
        if isinstance(item, pa.RecordBatch):
            yield from ([item.slice(first, _CHUNK_ROWS)] for first in range(0, max(item.num_rows, 1), _CHUNK_ROWS))
            continue
        chunk.append(item)
        size += sum(map(_size, item.values())) if isinstance(item, Mapping) else len(item)
        if len(chunk) >= _CHUNK_ROWS or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _size(value: Any) -> int:
    """Returns about how many bytes a value holds, also where they are those of a larger array, or of what it lists."""
    if isinstance(value, list | tuple):
        return sum(map(sys.getsizeof, value))
    return getattr(value, "nbytes", 0) or sys.getsizeof(value)


def _rows(item: Any) -> int:
    return item.num_rows if isinstance(item, pa.RecordBatch) else 1


def _yielded(reader: Reader, file: LocalFile) -> Iterator[Any]:
    """Yields what the function does: rows, or batches of rows."""
    function, code = reader.function()
    rows = 0
    try:
        for item in _iterated(function(str(file.path)), code):
            _check(item, f"{code}: {NAME} yielded, after {rows} rows of file {file},")
            rows += _rows(item)
            yield item
    except ArgosyError:
        raise
    except (Exception, SystemExit) as error:
        said = str(error).strip().partition("\n")[0]
        raise UserCodeError(
            f"{raised_at(error, function, code)}: {NAME} raised {type(error).__name__}: {said}; it had read {rows} "
            f"rows of file {file}"
        ) from error


def _iterated(given: Any, code: str) -> Iterable[Any]:
    if not isinstance(given, Iterable) or isinstance(given, pa.RecordBatch | Mapping | bytes | str):
        raise UserCodeError(f"{code}: {NAME} returned {_described(given)}; it has to yield rows: {_WANTED}")
    return given


def _check(item: Any, said: str) -> None:
    if isinstance(item, Mapping):
        if wrong := [key for key in item if not isinstance(key, str)]:
            raise UserCodeError(f"{said} a dictionary with the key {wrong[0]!r}; the name of a column is a text")
    elif not isinstance(item, bytes | pa.RecordBatch):
        raise UserCodeError(f"{said} {_described(item)}; {_WANTED}")


def _described(value: Any) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
