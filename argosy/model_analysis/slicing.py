"""Which rows of a batch belong to which slices."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.errors import DataError
from argosy.model_analysis.config import SlicingSpec
from argosy.model_analysis.keys import OVERALL, SliceKey

Integers = NDArray[np.int64]
Value = str | int | float
Membership = tuple[Integers, Integers, list[Value]]
"""(rows, ascending; which value each has; the values): a row of several values stands several times."""


def slice_rows(features: Mapping[str, pa.Array], rows: int, specs: Sequence[SlicingSpec]) -> dict[SliceKey, Integers]:
    """Returns the row numbers, ascending, of every slice that occurs; always of the overall one.

    A row with several values of a feature is in several slices, a row without a value in none.

    Args:
        features: List columns by name; one that is not there has no values.
        rows: How many rows the columns have.
        specs: Which slices are wanted.

    Raises:
        DataError: A value is not UTF-8 text.
    """
    found: dict[SliceKey, Integers] = {OVERALL: np.arange(rows)}
    members: dict[str, Membership] = {}
    for spec in specs:
        for name in spec.features():
            if name not in members:
                members[name] = _membership(name, features.get(name))
        if spec.features():
            found.update(_crossed([(name, _selected(members[name], name, spec)) for name in spec.features()]))
    return found


def matches(key: SliceKey, spec: SlicingSpec) -> bool:
    """Whether the slice is one of those that the spec describes.

    >>> matches((("year", 2007),), SlicingSpec(feature_values={"year": "2007"}))
    True
    """
    if tuple(name for name, _ in key) != spec.features():
        return False
    return all(_equal(value, spec.feature_values[name]) for name, value in key if name in spec.feature_values)


def spec_text(spec: SlicingSpec) -> str:
    """Returns the slices that a spec describes, `*` for any value.

    >>> spec_text(SlicingSpec(feature_keys=("sex",), feature_values={"island": "Dream"}))
    'island_X_sex:Dream_X_*'
    """
    names = spec.features()
    return "_X_".join(names) + ":" + "_X_".join(spec.feature_values.get(name, "*") for name in names)


def is_within(spec: SlicingSpec, specs: Iterable[SlicingSpec]) -> bool:
    """Whether slices that the spec describes are among those that the specs ask for; the overall one always is.

    >>> is_within(SlicingSpec(feature_values={"sex": "male"}), [SlicingSpec(feature_keys=("sex",))])
    True
    """
    if not spec.features():
        return True
    return any(
        spec.features() == other.features()
        and all(spec.feature_values.get(name, value) == value for name, value in other.feature_values.items())
        for other in specs
    )


def slice_columns(specs: Iterable[SlicingSpec]) -> list[str]:
    """Returns the names of all features that the slices look at, sorted."""
    return sorted({name for spec in specs for name in spec.features()})


def _membership(name: str, column: pa.Array | None) -> Membership:
    empty = np.zeros(0, np.int64)
    if column is None or pa.types.is_null(column.type):
        return empty, empty, []
    lengths = np.diff(column.offsets.to_numpy())
    lengths[column.is_null().to_numpy(zero_copy_only=False)] = 0
    flat = column.flatten()
    # Adding 0 makes -0.0 the same value as 0.0, as it is in a slice's key.
    encoded = (pc.add(flat, pa.scalar(0.0, flat.type)) if pa.types.is_floating(flat.type) else flat).dictionary_encode()
    rows, codes = np.repeat(np.arange(len(column)), lengths), encoded.indices.to_numpy().astype(np.int64)
    values = [_decoded(name, value) for value in encoded.dictionary.to_pylist()]
    present = np.array([not isinstance(value, float) or not math.isnan(value) for value in values], bool)
    if not present.all():
        rows, codes = rows[present[codes]], codes[present[codes]]
    if lengths.max(initial=0) > 1:
        rows, codes = np.divmod(np.unique(rows * len(values) + codes), len(values))
    return rows, codes, values


def _decoded(name: str, value: bytes | int | float) -> Value:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"feature {name!r}: {value!r} is not UTF-8 text, so it cannot name a slice") from error


def _selected(member: Membership, name: str, spec: SlicingSpec) -> Membership:
    """Keeps the values that the spec asks for."""
    wanted = spec.feature_values.get(name)
    if wanted is None:
        return member
    rows, codes, values = member
    keep = np.isin(codes, [code for code, value in enumerate(values) if _equal(value, wanted)])
    return rows[keep], codes[keep], values


def _equal(value: Value, wanted: str) -> bool:
    if isinstance(value, str):
        return value == wanted
    try:
        # A feature's 0.1 is the float32 next to it.
        return str(value) == wanted or value == float(wanted) or value == float(np.array(wanted, np.float32))
    except ValueError:
        return False


def _crossed(members: list[tuple[str, Membership]]) -> Iterator[tuple[SliceKey, Integers]]:
    """Yields each combination of values that a row has, with its rows."""
    name, (rows, codes, values) = members[0]
    keys: list[SliceKey] = [((name, value),) for value in values]
    for name, (other_rows, other_codes, values) in members[1:]:
        left, right = _join(rows, other_rows)
        # Numbered anew after each feature: the product of many features' values would not fit into an integer.
        found, codes = np.unique(codes[left] * len(values) + other_codes[right], return_inverse=True)
        keys = [(*keys[pair // len(values)], (name, values[pair % len(values)])) for pair in found.tolist()]
        rows = rows[left]
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    for code, part in zip(present.tolist(), np.split(rows[order], starts[1:]), strict=False):
        yield keys[code], part


def _join(left: Integers, right: Integers) -> tuple[Integers, Integers]:
    """Returns the positions of all pairs of equal rows; both are ascending."""
    starts, ends = np.searchsorted(right, left, side="left"), np.searchsorted(right, left, side="right")
    counts = ends - starts
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(np.arange(len(left)), counts), np.repeat(starts, counts) + within
