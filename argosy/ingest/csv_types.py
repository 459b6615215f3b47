"""The types of text columns: whole numbers, numbers, or bytes."""

import pyarrow as pa
import pyarrow.compute as pc

KINDS = ("null", "int", "float", "bytes")
"""Types of columns, each of which holds all that the ones before it hold."""

_TYPES = {"int": pa.int64(), "float": pa.float32(), "bytes": pa.binary()}
_INT_DIGITS = 18


def kind_of(column: pa.StringArray, at_least: str) -> str:
    """Returns the narrowest kind, not below `at_least`, that holds the values.

    A whole number beyond 64 bits makes the column bytes: it is an identifier, and a float would blur it.
    """
    values = column.drop_null()
    if at_least == "bytes" or not len(values):
        return at_least
    if at_least in ("null", "int") and _parsed(values, "int") is not None:
        return "int"
    return "bytes" if _parsed(values, "float") is None or _beyond_int(values) else "float"


def typed(column: pa.StringArray, kind: str) -> pa.Array | None:
    """Returns a column of lists, each of one value, null where it is missing; None when the kind does not hold them."""
    if kind == "null":
        return pa.nulls(len(column)) if column.null_count == len(column) else None
    values = column.drop_null()
    parsed = values.cast(pa.binary()) if kind == "bytes" else _parsed(values, kind)
    if parsed is None:
        return None
    valid = column.is_valid()
    ends = pc.cumulative_sum(pc.cast(valid, pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, parsed, mask=pc.invert(valid) if column.null_count else None)


def _beyond_int(values: pa.StringArray) -> bool:
    if int(pc.max(pc.binary_length(values)).as_py()) <= _INT_DIGITS:
        return False
    whole = values.filter(pc.match_substring_regex(values, r"^\s*[+-]?\d+\s*$"))
    return len(whole) > 0 and _parsed(whole, "int") is None


def _parsed(values: pa.StringArray, kind: str) -> pa.Array | None:
    """Returns the values as numbers; None when one is none. Blanks around a number and a plus before it are allowed."""
    numbers = _cast(values, kind)
    if numbers is None:
        numbers = _cast(pc.replace_substring_regex(pc.utf8_trim_whitespace(values), r"^\+([^-+])", r"\1"), kind)
    return numbers


def _cast(values: pa.StringArray, kind: str) -> pa.Array | None:
    try:
        numbers = pc.cast(values, _TYPES[kind])
    except pa.ArrowInvalid:
        return None
    # Arrow takes 0x1F for a number, which is an identifier here.
    return None if kind == "int" and pc.any(pc.match_substring(values, "x", ignore_case=True)).as_py() else numbers
