"""What a first pass over an input file finds, and what the files of an input have in common."""

import dataclasses
from collections.abc import Mapping, Sequence

from argosy.errors import DataError, ParameterError, did_you_mean
from argosy.examples.read import RAW_RECORD

KINDS = ("null", "int", "float", "bytes")
"""Kinds of columns. A text file's column of one kind can be read as any that comes after it."""

_LISTS = "lists of "
"""Before one of `KINDS`: the kind of a feature list of tf.SequenceExamples."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScannedFile:
    """What a first pass over a file has found.

    Attributes:
        file: Its path or URI.
        kinds: Column names in order, with the narrowest of `KINDS` that holds all of a column.
        rows: Number of rows.
        text: Whether its values are text, so that numbers can be read as bytes too.
    """

    file: str
    kinds: dict[str, str]
    rows: int
    text: bool = False


def merge_kinds(files: Sequence[ScannedFile], types: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns the kinds that hold the columns of all files; those that a person gave win.

    Files of text have to have the same header. In others a column that a file lacks is missing in its rows.

    Raises:
        DataError: Two files have different headers or a column of two kinds, a column has a name that it may not have,
            or no file has a row, or a column.
        ParameterError: A type is given for a column that no file has.

    >>> int_file = ScannedFile(file="a", kinds={"x": "int"}, rows=1, text=True)
    >>> float_file = ScannedFile(file="b", kinds={"x": "float"}, rows=1, text=True)
    >>> merge_kinds([int_file, float_file])
    {'x': 'float'}
    """
    first, *others = sorted(files, key=lambda scanned: scanned.file)
    if first.text:
        for other in others:
            if list(other.kinds) != list(first.kinds):
                raise DataError(_different(first, other))
    if not any(scanned.rows for scanned in files):
        only = "a header and no rows" if first.text else "no rows"
        raise DataError(f"file {first.file} has {only}; add rows, or leave the step out until there are some")
    merged: dict[str, str] = {}
    given = types or {}
    for scanned in (first, *others):
        for name, kind in scanned.kinds.items():
            before = merged.get(name, "null")
            wider = given.get(name) or (max(kind, before, key=KINDS.index) if first.text else wider_kind(before, kind))
            if wider is None:
                raise DataError(_two_kinds(name, scanned, (first, *others)))
            if name == RAW_RECORD:
                raise DataError(f"file {scanned.file}: a column has the reserved name {name!r}; rename it")
            merged[name] = wider
    if not merged:
        with_rows = next(scanned for scanned in (first, *others) if scanned.rows)
        raise DataError(f"file {with_rows.file} has {with_rows.rows} rows and no column; give the rows values")
    for name in given:
        if name not in merged:
            raise ParameterError(f"types: there is no column {name!r}; {did_you_mean(name, merged)}")
    return merged


def wider_kind(one: str, other: str, *, numbers: bool = True) -> str | None:
    """Returns the kind of typed values that holds both kinds; None where there is none.

    `numbers` says whether floats hold whole numbers.

    >>> wider_kind("int", "float"), wider_kind("lists of null", "lists of int"), wider_kind("int", "bytes")
    ('float', 'lists of int', None)
    """
    if "null" in (one, other):
        return other if one == "null" else one
    inner = (one.removeprefix(_LISTS), other.removeprefix(_LISTS))
    if one.startswith(_LISTS) != other.startswith(_LISTS):
        return None
    if "null" in inner or inner[0] == inner[1] or (numbers and "bytes" not in inner):
        return max(one, other, key=lambda kind: KINDS.index(kind.removeprefix(_LISTS)))
    return None


def _two_kinds(name: str, scanned: ScannedFile, files: Sequence[ScannedFile]) -> str:
    earlier = next(found for found in files if found.kinds.get(name, "null") not in ("null", scanned.kinds[name]))
    return (
        f"column {name!r} is {earlier.kinds[name]} in file {earlier.file} and {scanned.kinds[name]} in file "
        f"{scanned.file}; write it as one type, name it in types (but of TFRecord), or read the files apart"
    )


def _different(first: ScannedFile, other: ScannedFile) -> str:
    only_first = [name for name in first.kinds if name not in other.kinds]
    only_other = [name for name in other.kinds if name not in first.kinds]
    difference = "; ".join(
        part
        for part in (
            f"only the first has {', '.join(only_first)}" if only_first else "",
            f"only the second has {', '.join(only_other)}" if only_other else "",
            "" if only_first or only_other else "the columns are in another order",
        )
        if part
    )
    return (
        f"files {first.file} and {other.file} have different headers: {difference}; give all files the same "
        "header, or keep what is not data out of the folder by a pattern in input_config, such as '*.csv'"
    )
