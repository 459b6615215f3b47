"""Which rows of a batch are in which slice."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from argosy.data_validation.statistics.column import Column, columns_of
from argosy.data_validation.statistics.options import SlicingSpec
from argosy.errors import DataError

Rows = NDArray[np.intp]

MAX_SLICES = 2000
"""More than a person looks at; most likely the feature is an identifier."""


def slice_rows(batch: pa.RecordBatch, specs: Iterable[SlicingSpec]) -> dict[str, Rows]:
    """Returns the rows of each slice that the batch has rows of, ascending.

    A row with several values of a feature is in several slices; a row that lacks a feature is in none of a spec with
    it. Slices are named as TFDV does, features by name: `country_CH`, `country_CH_year_2013`.

    Raises:
        DataError: A value is not UTF-8, or there are more than MAX_SLICES slices.

    >>> batch = pa.record_batch({"x": pa.array([["a"], ["b"], ["a"], None])})
    >>> {name: rows.tolist() for name, rows in slice_rows(batch, [SlicingSpec(features={"x": None})]).items()}
    {'x_a': [0, 2], 'x_b': [1]}
    """
    columns = {column.path[0]: column for column in columns_of(batch) if len(column.path) == 1}
    found: dict[str, Rows] = {}
    for spec in specs:
        for name, rows in _slices(spec, columns, batch.num_rows):
            found[name] = np.union1d(found[name], rows) if name in found else rows
    check_number(len(found), specs)
    return found


def check_number(slices: int, specs: Iterable[SlicingSpec]) -> None:
    """Refuses more slices than anybody looks at.

    Raises:
        DataError: There are more than MAX_SLICES.
    """
    if slices > MAX_SLICES:
        named = sorted({name for spec in specs for name, values in spec.features.items() if values is None})
        raise DataError(
            f"slices by every value of {', '.join(named)}: there are more than {MAX_SLICES}; "
            "list the values to slice by"
        )


def _slices(spec: SlicingSpec, columns: dict[str, Column], count: int) -> Iterator[tuple[str, Rows]]:
    rows, codes, names = np.arange(count), np.zeros(count, np.int64), [""]
    for feature in sorted(spec.features):
        if feature not in columns or not columns[feature].type:
            return
        own_rows, own_codes, values = _coded(columns[feature], spec.features[feature])
        rows, codes = _joined(rows, codes, own_rows, own_codes, len(values), count)
        used, codes = np.unique(codes, return_inverse=True)
        names = [f"{names[code // len(values)]}_{feature}_{values[code % len(values)]}" for code in used.tolist()]
    # Short integers are sorted by radix, many times faster. Rows ascend, and stay so among equal codes.
    order = np.argsort(codes.astype(np.int16 if len(names) < 1 << 15 else np.int64), kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    for index, name in enumerate(names):
        yield name.removeprefix("_"), rows[order[(ends[index - 1] if index else 0) : ends[index]]]


def _coded(column: Column, wanted: tuple[str, ...] | None) -> tuple[Rows, NDArray[np.int64], list[str]]:
    """Returns rows and the code of a value in each, each pair once and rows ascending, and the values by code."""
    encoded = column.coded()
    codes, texts = encoded.indices.to_numpy().astype(np.int64), _texts(column, encoded.dictionary)
    rows = column.rows_of_values()
    if wanted is not None:
        places = {text: code for code, text in enumerate(wanted)}
        recoded = np.array([places.get(text, -1) for text in texts], np.int64)
        kept = recoded[codes] >= 0 if len(codes) else np.zeros(0, np.bool_)
        rows, codes, texts = rows[kept], recoded[codes[kept]], list(wanted)
    if not texts or (rows[1:] > rows[:-1]).all():
        return rows, codes, texts
    pairs = np.unique(rows * len(texts) + codes)
    return pairs // len(texts), pairs % len(texts), texts


def _joined(
    rows: Rows, codes: NDArray[np.int64], own_rows: Rows, own_codes: NDArray[np.int64], size: int, count: int
) -> tuple[Rows, NDArray[np.int64]]:
    """Returns each pair so far with each value that its row has of the next feature."""
    each = np.bincount(own_rows, minlength=count)
    if each.max(initial=0) <= 1:
        there = each[rows] > 0
        of_row = np.zeros(count, np.int64)
        of_row[own_rows] = own_codes
        return rows[there], codes[there] * size + of_row[rows[there]]
    first = np.cumsum(each) - each
    repeats = each[rows]
    source = np.repeat(np.arange(len(rows)), repeats)
    within = np.arange(len(source)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return rows[source], codes[source] * size + own_codes[first[rows[source]] + within]


def _texts(column: Column, values: pa.Array) -> list[str]:
    if column.type != "STRING":
        return [str(value) for value in values.to_pylist()]
    try:
        return [str(text) for text in values.cast(pa.string()).to_pylist()]
    except pa.ArrowInvalid as error:
        raise DataError(
            f"slices: feature {column.path[0]!r} has values that are not UTF-8, which no slice can be named after"
        ) from error
