"""A column of a batch as statistics see it: the kind of its values, the values themselves, and whose they are."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.accumulate.presence import is_list
from argosy.errors import DataError

Path = tuple[str, ...]
Rows = NDArray[np.intp]

_PLAIN = {pa.int64(): "INT", pa.float32(): "FLOAT", pa.float64(): "FLOAT", pa.binary(): "STRING", pa.string(): "STRING"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """One feature of a batch.

    Attributes:
        path: Of the feature.
        type: INT, FLOAT, STRING or STRUCT; empty when no row tells.
        array: Lists of values, one a row, or just values; of a feature within a feature one a value of that.
        rows: To which row of the batch each entry belongs; None: entry i to row i.
    """

    path: Path
    type: str
    array: pa.Array
    rows: Rows | None = None

    def values(self) -> pa.Array:
        """Returns the innermost values that are there, side by side."""
        flat = self.array
        while is_list(flat.type):
            flat = flat.flatten()
        if pa.types.is_dictionary(flat.type):
            flat = flat.dictionary_decode()
        if flat.null_count:
            flat = flat.drop_null()
        return flat.cast(pa.binary()) if self.type == "STRING" and not pa.types.is_binary(flat.type) else flat

    def coded(self) -> pa.DictionaryArray:
        """Returns `values()` as codes of distinct ones."""
        flat = self.array
        while is_list(flat.type):
            flat = flat.flatten()
        if flat.null_count:
            flat = flat.drop_null()
        coded = flat if pa.types.is_dictionary(flat.type) else flat.dictionary_encode()
        if self.type != "STRING" or pa.types.is_binary(coded.dictionary.type):
            return coded
        return pa.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(pa.binary()))

    def numbers(self) -> np.ndarray:
        """Returns `values()` as numpy has them."""
        flat = self.values()
        if pa.types.is_boolean(flat.type):
            flat = flat.cast(pa.int64())
        numbers: np.ndarray = flat.to_numpy(zero_copy_only=False)
        return numbers.astype(np.float32) if numbers.dtype == np.float16 else numbers

    def rows_of_values(self) -> Rows:
        """Returns to which row of the batch each of `values()` belongs."""
        owner: Any = np.arange(len(self.array)) if self.rows is None else self.rows
        flat = self.array
        while is_list(flat.type):
            owner = np.repeat(owner, pc.fill_null(pc.list_value_length(flat), 0).to_numpy())
            flat = flat.flatten()
        return owner[flat.is_valid().to_numpy(zero_copy_only=False)] if flat.null_count else owner


def columns_of(batch: pa.RecordBatch) -> Iterator[Column]:
    """Yields the features of a batch, each followed by those within it.

    Raises:
        DataError: A column is of a type that is no feature's.
    """
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        yield from _columns((name,), array, None)


def encode_strings(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Returns the batch with strings as codes of distinct ones, which are cheap to take from it, slice by slice."""
    columns = [_encoded(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _encoded(array: pa.Array) -> pa.Array:
    if _is_text(array.type):
        return array.dictionary_encode()
    if pa.types.is_list(array.type) and _is_text(array.type.value_type) and not array.offset:
        mask = array.is_null() if array.null_count else None
        return pa.ListArray.from_arrays(array.offsets, array.values.dictionary_encode(), mask=mask)
    return array


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_string(kind)


def _columns(path: Path, array: pa.Array, rows: Rows | None) -> Iterator[Column]:
    column = Column(path=path, type=type_of(path, array.type), array=array, rows=rows)
    yield column
    if column.type == "STRUCT":
        owner = column.rows_of_values()
        flat = column.values()
        for field, child in zip(flat.type, flat.flatten(), strict=True):
            yield from _columns((*path, field.name), child, owner)


def type_of(path: Path, kind: pa.DataType) -> str:
    """Returns the type of the innermost values of a column; empty for a column of nulls.

    Raises:
        DataError: They are no numbers, strings, bytes or structs.
    """
    while is_list(kind):
        kind = kind.value_type
    if kind in _PLAIN:
        return _PLAIN[kind]
    if pa.types.is_dictionary(kind):
        return type_of(path, kind.value_type)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return "INT"
    if pa.types.is_floating(kind):
        return "FLOAT"
    if pa.types.is_large_binary(kind) or pa.types.is_large_string(kind):
        return "STRING"
    if pa.types.is_struct(kind):
        return "STRUCT"
    if pa.types.is_null(kind):
        return ""
    raise DataError(
        f"feature {'.'.join(path)!r} has Arrow type {kind}; statistics are of integers, floats, truth values, strings "
        "and bytes: cast it to one of them"
    )
