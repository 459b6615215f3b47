"""Slices of batches, against a loop over rows."""

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import DataError
from argosy.model_analysis.config import SlicingSpec
from argosy.model_analysis.keys import slice_text
from argosy.model_analysis.slicing import matches, slice_rows

TEXTS = st.lists(st.one_of(st.none(), st.lists(st.sampled_from([b"x", b"y", b"7"]), max_size=3)), max_size=12)
SPECS = (
    SlicingSpec(),
    SlicingSpec(feature_keys=("a",)),
    SlicingSpec(feature_keys=("b", "a")),
    SlicingSpec(feature_keys=("a",), feature_values={"b": "7"}),
    SlicingSpec(feature_values={"a": "x"}),
)


def by_loop(rows, specs):
    found: dict[tuple, set] = {(): set(range(len(rows)))}
    for spec in specs:
        for number, row in enumerate(rows):
            choices = [
                [(name, v) for v in row[name] or () if name not in spec.feature_values
                 or (str(v) == spec.feature_values[name])]
                for name in spec.features()
            ]  # fmt: skip
            for key in itertools.product(*choices):
                found.setdefault(tuple(key), set()).add(number)
    return found


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(st.lists(st.integers(6, 8), max_size=2), min_size=12, max_size=12))
def test_slices_are_those_of_a_loop_over_the_rows(texts, numbers) -> None:
    numbers = numbers[: len(texts)]
    columns = {"a": pa.array(texts, pa.list_(pa.binary())), "b": pa.array(numbers, pa.list_(pa.int64()))}
    rows = [
        {"a": text and [v.decode() for v in text], "b": number} for text, number in zip(texts, numbers, strict=True)
    ]
    found = slice_rows(columns, len(texts), SPECS)
    assert {key: set(members.tolist()) for key, members in found.items()} == by_loop(rows, SPECS)
    for members in found.values():
        assert (np.diff(members) > 0).all()


def test_a_column_that_is_not_there_makes_no_slices() -> None:
    assert list(slice_rows({"a": pa.nulls(2)}, 2, SPECS)) == [()]


def test_nan_is_no_value() -> None:
    column = pa.array([[float("nan")], [1.5]], pa.list_(pa.float32()))
    assert list(slice_rows({"a": column}, 2, (SlicingSpec(feature_keys=("a",)),))) == [(), (("a", 1.5),)]


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(DataError, match=r"feature 'a'.*not UTF-8"):
        slice_rows({"a": pa.array([[b"\xff"]], pa.list_(pa.binary()))}, 1, (SlicingSpec(feature_keys=("a",)),))


def test_a_spec_matches_slices_of_exactly_its_features() -> None:
    key = (("a", "x"), ("b", 7))
    assert matches(key, SlicingSpec(feature_keys=("b",), feature_values={"a": "x"}))
    assert not matches(key, SlicingSpec(feature_keys=("a",)))
    assert not matches(key, SlicingSpec(feature_keys=("a",), feature_values={"b": "8"}))
    assert matches((), SlicingSpec())


def test_numbers_are_found_by_what_people_write() -> None:
    column = pa.array([[0.1], [-0.0], [0.0], [16777218.0]], pa.list_(pa.float32()))
    found = slice_rows({"a": column}, 4, (SlicingSpec(feature_keys=("a",)),))
    assert [(slice_text(key), rows.tolist()) for key, rows in found.items()][1:] == [
        ("a:0.1", [0]), ("a:0.0", [1, 2]), ("a:16777218.0", [3]),
    ]  # fmt: skip
    assert slice_rows({"a": column}, 4, (SlicingSpec(feature_values={"a": "0.1"}),)).keys() == {(), list(found)[1]}
    big = SlicingSpec(feature_values={"n": str(2**53 + 1)})
    assert matches((("n", 2**53 + 1),), big)
    assert not matches((("n", 7),), SlicingSpec(feature_values={"n": "seven"}))
