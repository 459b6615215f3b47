"""Rows of two datasets side by side, against a join that is written row by row."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.data_validation.diff.detect import detect_feature_skew
from argosy.data_validation.diff.spec import DiffOptions, MatchStats, parse_diff_options
from argosy.data_validation.diff.spill import Spill
from argosy.errors import DataError, ParameterError
from argosy.examples import decode_examples

INTS, FLOATS, BYTES = pa.list_(pa.int64()), pa.list_(pa.float32()), pa.list_(pa.binary())
KINDS = {"id": INTS, "name": BYTES, "size": FLOATS, "tags": BYTES}


def dataset(rows, kinds=KINDS):
    """A batch of dictionaries; a name that a row lacks is missing in it."""
    return pa.record_batch({name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()})


def by_hand(base, test, options):
    """What `detect_feature_skew` should count: {feature: counts}, pairs that differ."""

    def key(row):
        values = [row.get(name) for name in options.identifier_features]
        return tuple(map(tuple, values)) if all(values) else None

    found: dict[str, Any] = {}
    differing = 0
    base_keys, test_keys = (Counter(filter(None, map(key, side))) for side in (base, test))
    for ours in base:
        for theirs in test:
            if key(ours) is None or key(ours) != key(theirs):
                continue
            if not options.allow_duplicate_identifiers and (base_keys[key(ours)] > 1 or test_keys[key(ours)] > 1):
                continue
            differs = False
            for name in set(KINDS) - {*options.identifier_features, *options.ignore_features}:
                a, b = ours.get(name), theirs.get(name)
                counts = found.setdefault(name, Counter())
                counts["base_count"] += bool(a)
                counts["test_count"] += bool(b)
                if a and b:
                    counts["match_count" if a == b else "mismatch_count"] += 1
                    differs |= a != b
                elif a or b:
                    counts["base_only" if a else "test_only"] += 1
                    differs = True
                else:
                    counts["match_count"] += 1
            differing += differs
    return {name: +counts for name, counts in found.items() if +counts}, differing


ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.lists(st.integers(0, 3), max_size=2),
            "name": st.lists(st.sampled_from([b"a", b"b"]), max_size=1),
            "size": st.lists(st.sampled_from([0.5, 1.5]), max_size=2),
            "tags": st.lists(st.sampled_from([b"x", b"yy", b""]), max_size=3),
        },
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(ROWS, ROWS, st.booleans(), st.sampled_from([("id",), ("name",), ("id", "tags")]))
def test_the_join_is_the_one_by_hand(base, test, duplicates, identifiers):
    options = DiffOptions(
        identifier_features=identifiers, allow_duplicate_identifiers=duplicates, ignore_features=("size",),
        skew_sample_size=100,
    )  # fmt: skip
    found = detect_feature_skew([dataset(base[:3]), dataset(base[3:])], [dataset(test)], options)
    counts, differing = by_hand(base, test, options)
    names = ("base_count", "test_count", "match_count", "base_only", "test_only", "mismatch_count")
    told = {one.feature_name: +Counter({name: getattr(one, name) for name in names}) for one in found.features}
    assert told == counts
    assert len(found.pairs) == differing


BASE = [{"id": [1], "size": [1.0], "name": [b"a"]}, {"id": [2], "size": [2.0]}, {"id": [3]}, {"size": [1.0]}]
TEST = [
    {"id": [2], "size": [2.25], "name": [b"b"]},
    {"id": [1], "size": [1.0], "name": [b"c"]},
    {"id": [4]},
    {"id": [4]},
]


def test_how_rows_were_paired_is_counted():
    found = detect_feature_skew([dataset(BASE)], [dataset(TEST)], DiffOptions(identifier_features=("id",)))
    assert found.match_stats == MatchStats(
        base_with_id_count=3,
        test_with_id_count=4,
        identifiers_count=4,
        ids_missing_in_base_count=1,
        ids_missing_in_test_count=1,
        matching_pairs_count=2,
        base_missing_id_count=1,
        test_missing_id_count=0,
        duplicate_id_count=1,
    )
    assert found.pairs == ()


def test_floats_are_rounded_where_asked():
    exact, near = (
        detect_feature_skew(
            [dataset(BASE)], [dataset(TEST)], DiffOptions(identifier_features=("id",), float_round_ndigits=digits)
        )
        for digits in (None, 0)
    )
    assert [one.mismatch_count for one in exact.features if one.feature_name == "size"] == [1]
    assert [one.mismatch_count for one in near.features if one.feature_name == "size"] == [0]


def test_pairs_that_differ_are_sampled_whole():
    options = DiffOptions(identifier_features=("id",), skew_sample_size=1)
    found = detect_feature_skew([dataset(BASE)], [dataset(TEST)], options)
    everything = detect_feature_skew(
        [dataset(BASE)], [dataset(TEST)], DiffOptions(identifier_features=("id",), skew_sample_size=9)
    )
    assert len(everything.pairs) == 2
    assert found.pairs[0] in everything.pairs
    (pair,) = (pair for pair in everything.pairs if pair.test_only_features)
    assert pair.test_only_features == ("name",)
    assert pair.mismatched_features == ("size",)
    assert decode_examples(pa.array([pair.base]))["id"].to_pylist() == [[2]]
    assert decode_examples(pa.array([pair.test]))["size"].to_pylist() == [[2.25]]


def test_values_are_paired():
    options = DiffOptions(identifier_features=("id",), confusion_features=("name",))
    found = detect_feature_skew([dataset(BASE)], [dataset(TEST)], options)
    assert {(one.base, one.test): one.count for one in found.confusion} == {(b"a", b"c"): 1, (None, b"b"): 1}
    for name, message in (("size", "holds numbers"), ("tags", "several values")):
        rows = [{"id": [1], "size": [1.0], "tags": [b"x", b"y"]}]
        with pytest.raises(DataError, match=message):
            detect_feature_skew(
                [dataset(rows)], [dataset(rows)], DiffOptions(identifier_features=("id",), confusion_features=(name,))
            )


def test_columns_that_one_side_lacks_or_has_of_another_type():
    base = dataset([{"id": [1], "a": [1], "b": [1]}], {"id": INTS, "a": INTS, "b": INTS})
    test = dataset([{"id": [1], "b": [1.0]}], {"id": INTS, "b": FLOATS})
    found = detect_feature_skew([base], [test], DiffOptions(identifier_features=("id",)))
    assert [(one.feature_name, one.base_only, one.mismatch_count) for one in found.features] == [
        ("a", 1, 0),
        ("b", 0, 1),
    ]
    with pytest.raises(DataError, match="the base examples have a feature of two types"):
        detect_feature_skew([base, dataset([{"id": [1], "a": [b"x"]}], {"id": INTS, "a": BYTES})], [test],
                            DiffOptions(identifier_features=("id",)))  # fmt: skip


def test_columns_of_any_kind_are_compared_as_tf_examples_have_them():
    def rows(prices, frames):
        columns = {
            "id": pa.array([1, 2, 3]),
            "price": pa.array(prices, pa.list_(pa.float64())),
            "frames": pa.array(frames, pa.list_(INTS)),
            "place": pa.array(["a", None, "b"]),
        }
        return pa.record_batch(columns)

    base = rows([[0.5, 1.5], [2.5], None], [[[1, 2], [3]], [[]], None])
    test = rows([[0.5, 1.5], [2.25], None], [[[1], [2, 3]], [[]], None])
    found = detect_feature_skew([base], [test], DiffOptions(identifier_features=("id",), skew_sample_size=2))
    assert [(one.feature_name, one.match_count, one.mismatch_count) for one in found.features] == [
        ("frames", 2, 1),
        ("place", 3, 0),
        ("price", 2, 1),
    ]
    assert sorted(pair.mismatched_features for pair in found.pairs) == [("frames",), ("price",)]
    days = pa.record_batch({"id": pa.array([1]), "day": pa.array([0], pa.date32())})
    with pytest.raises(DataError, match=r"date32.*rows cannot hold"):
        detect_feature_skew([days], [days], DiffOptions(identifier_features=("id",)))


def test_rows_that_do_not_fit_wait_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    numbers = np.arange(500)
    batches = [
        dataset([{"id": [int(n)], "size": [float(n)]} for n in numbers[at : at + 50]]) for at in range(0, 500, 50)
    ]
    with Spill(limit=1) as spill:
        for batch in batches:
            spill.add("base", 0, batch)
        assert len(list(tmp_path.rglob("base-0"))) == 1
        assert [batch.num_rows for batch in spill.rows("base", 0)] == [50] * 10
        assert list(spill.rows("base", 0)) == []
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("argosy.data_validation.diff.spill.LIMIT", 1)
    found = detect_feature_skew(batches, reversed(batches), DiffOptions(identifier_features=("id",)))
    assert found.features[0].match_count == 500


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "paired_example_skew is missing"),
        ({"paired_example": {}}, "did you mean 'paired_example_skew'"),
        ({"paired_example_skew": {}}, "identifier_features is empty"),
        ({"paired_example_skew": {"identifier_features": "id"}}, "give a list of names"),
        ({"paired_example_skew": {"identifier_features": ["id"], "skew_sample_sise": 1}}, "skew_sample_size"),
        ({"paired_example_skew": {"identifier_features": ["id"], "float_round_ndigits": -1}}, "at least 0"),
        ({"paired_example_skew": {"identifier_features": ["id"], "confusion_config": [{"name": "x"}]}}, "feature_name"),
        ({"paired_example_skew": {"identifier_features": ["id"], "allow_duplicate_identifiers": 1}}, "true or false"),
    ],
)
def test_bad_options_are_refused(config, message):
    with pytest.raises(ParameterError, match=message):
        parse_diff_options(config)
