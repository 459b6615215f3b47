"""The types of text columns: whole numbers, numbers, or bytes."""

import pyarrow as pa
import pyarrow.compute as pc

from argosy.examples.singles import Singles, lists_of

_TYPES = {"int": pa.int64(), "float": pa.float32(), "bytes": pa.binary()}
_INT_DIGITS = 18
_INT_LIMIT = 2.0**63


def kind_of(column: pa.StringArray, at_least: str) -> str:
    """Returns the narrowest kind, not below `at_least`, that holds the values.

    A whole number beyond 64 bits makes the column bytes: it is an identifier, and a float would blur it.
    """
    values = column.drop_null()
    if at_least == "bytes" or not len(values):
        return at_least
    if at_least in ("null", "int") and parsed(values, "int") is not None:
        return "int"
    return "bytes" if parsed(values, "float") is None or _beyond_int(values) else "float"


def may_hide_identifiers(numbers: pa.FloatArray) -> bool:
    """Whether a float column, read as such, has a number so large that it may have been written as a whole one."""
    largest = pc.max(pc.abs(numbers)).as_py()
    return largest is not None and largest >= _INT_LIMIT


def typed(column: pa.StringArray, kind: str) -> pa.Array | None:
    """Returns a column of lists, each of one value, null where it is missing; None when the kind does not hold them."""
    if kind == "null":
        return pa.nulls(len(column)) if column.null_count == len(column) else None
    values = column.drop_null()
    found = values.cast(pa.binary()) if kind == "bytes" else parsed(values, kind)
    return None if found is None or first_beyond(values, found) else as_lists(found, column)


def first_beyond(values: pa.Array, numbers: pa.Array) -> str | None:
    """Returns the first value that became an infinite number, and is none as text or as a float; None without one."""
    is_text = pa.types.is_string(values.type)
    wider = is_text or pa.types.is_float64(values.type)
    if not (wider and pa.types.is_float32(numbers.type) and has_infinity(numbers)):
        return None
    infinite = pc.match_substring_regex(values, r"(?i)^\s*[+-]?inf(inity)?\s*$") if is_text else pc.is_inf(values)
    beyond = values.filter(pc.and_not(pc.is_inf(numbers), infinite))
    return str(beyond[0]) if len(beyond) else None


def has_infinity(numbers: pa.FloatArray) -> bool:
    """Whether a number is infinite."""
    return bool(pc.any(pc.is_inf(numbers)).as_py())


def listed(column: pa.Array) -> pa.Array:
    """Returns the same for a column that has been read as integers, floats or text."""
    values = column.drop_null()
    return as_lists(values.cast(pa.binary()) if pa.types.is_string(values.type) else values, column)


def as_lists(values: pa.Array, column: pa.Array) -> pa.Array:
    """Returns lists of one value each, and null where the column is."""
    valid = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else None
    return lists_of(Singles(values, valid))


def _beyond_int(values: pa.StringArray) -> bool:
    if int(pc.max(pc.binary_length(values)).as_py()) <= _INT_DIGITS:
        return False
    whole = values.filter(pc.match_substring_regex(values, r"^\s*[+-]?\d+\s*$"))
    return len(whole) > 0 and parsed(whole, "int") is None


def parsed(values: pa.StringArray, kind: str) -> pa.Array | None:
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
