"""A column as rules on rows see it: which rows have it, how many values each, and the values side by side."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.accumulate.presence import is_list
from argosy.data_validation.statistics.column import type_of
from argosy.data_validation.validation.presence import SCHEMA_TYPES

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
IN_EXAMPLES = {pa.int64().id: "INT", pa.float32().id: "FLOAT", pa.binary().id: "BYTES"}
"""What the lists of Examples hold, by Arrow's number of the type."""


@dataclasses.dataclass(frozen=True)
class Cells:
    """A feature, one cell a row; of a feature within a feature, one cell a value of that.

    Attributes:
        type: Of the values, as a schema names it; empty where no cell tells.
        present: `[cells]`: whether the cell is there, with no values too.
        lengths: `[cells]`: how many innermost values it has.
        values: Those of all cells, one after the other.
        levels: By level of lists, the outermost first: the cell of each list that is there, and its length. The first
            has a list for each cell that is there, and None in place of the cells.
    """

    type: str
    present: Mask
    lengths: Places
    values: pa.Array
    levels: tuple[tuple[Places | None, Places], ...]

    @functools.cached_property
    def owners(self) -> Places:
        """To which cell each value belongs."""
        return np.repeat(np.arange(len(self.present)), self.lengths)

    @functools.cached_property
    def numbers(self) -> NDArray[Any]:
        """The values of an INT or FLOAT column."""
        numbers: NDArray[Any] = self.values.to_numpy(zero_copy_only=False)
        return numbers.astype(np.float64) if numbers.dtype.kind == "f" else numbers

    @functools.cached_property
    def texts(self) -> tuple[list[str | None], NDArray[np.int64]]:
        """The distinct values of a BYTES column, None for one that is not UTF-8; and which of them each value is."""
        encoded = self.values.dictionary_encode()
        return [_decoded(value) for value in encoded.dictionary.to_pylist()], encoded.indices.to_numpy()

    def where(self, wrong: Mask) -> Mask:
        """Returns `[cells]`: which cells have a wrong value, from which values are wrong."""
        cells = np.zeros(len(self.present), np.bool_)
        if wrong.any():
            cells[self.owners[wrong]] = True
        return cells

    def where_level(self, place: int, levels: int, wrong: Callable[[Places], Mask]) -> Mask:
        """Returns `[cells]`: which cells have a list of a wrong length at a level, where there are so many levels."""
        cells = np.zeros(len(self.present), np.bool_)
        if len(self.levels) == levels:
            owners, lengths = self.levels[place]
            if owners is None:
                return self.present & wrong(lengths)
            cells[owners[wrong(lengths)]] = True
        return cells


def cells_of(name: str, column: pa.Array) -> Cells:
    """Returns a column in parts; a value that is no list is a list of one.

    Raises:
        DataError: It is of a type that is no feature's.
    """
    there = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_null(column.type):
        return Cells("", there, np.zeros(len(column), np.int64), pa.nulls(0), ())
    kind = IN_EXAMPLES.get(column.type.value_type.id, "") if pa.types.is_list(column.type) else ""
    flat = column.flatten() if kind else column
    if kind and not flat.null_count:
        lengths = _lengths(column)
        return Cells(kind, there, lengths, flat, ((None, lengths),))
    return _unusual(column, SCHEMA_TYPES.get(type_of((name,), column.type), ""), there)


def _unusual(column: pa.Array, kind: str, there: Mask) -> Cells:
    """Returns a column that no Examples hold: of lists of lists, of values without a list, with nulls in its lists."""
    owners, flat = np.arange(len(column)), column
    levels: list[tuple[Places | None, Places]] = []
    while is_list(flat.type):
        lengths, valid = _lengths(flat), flat.is_valid().to_numpy(zero_copy_only=False)
        levels.append((owners[valid], lengths[valid]) if levels else (None, lengths))
        owners, flat = np.repeat(owners, lengths), flat.flatten()
    if flat.null_count:
        owners, flat = owners[flat.is_valid().to_numpy(zero_copy_only=False)], flat.drop_null()
    counts = np.bincount(owners, minlength=len(column))
    return Cells(kind, there, counts, _plain(flat, kind), tuple(levels) or ((None, counts),))


def _lengths(lists: pa.Array) -> Places:
    lengths: Places = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return lengths


def _plain(values: pa.Array, kind: str) -> pa.Array:
    """Returns the values as rules take them: text in bytes, truth values as 0 and 1."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if kind == "BYTES" and not pa.types.is_binary(values.type):
        return values.cast(pa.binary())
    return values.cast(pa.int64()) if pa.types.is_boolean(values.type) else values


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
