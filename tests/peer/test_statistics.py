"""Our statistics, loaded by TFDV, against those that TFDV computes of the same Examples: every value of the proto.

They are equal but for rounding, and but for `DIFFERENCES`. Beyond 65536 values of a feature both sides approximate
quantiles; what they may then differ by is in `test_approximate_quantiles_are_within_both_bounds`.
"""

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]

OUR_EPSILON, TFDV_EPSILON = 0.005, 0.01
"""By which fraction of the count the rank of a quantile may be wrong."""


class Difference(NamedTuple):
    """A value in which we differ from TFDV on purpose."""

    feature: str
    field: str
    holds: Callable[[Any, Any], bool]
    why: str


DIFFERENCES = (
    Difference(
        "",
        "name",
        lambda ours, theirs: ours == "All Examples" and theirs is None,
        "TFDV names a dataset only when it computes slices as well; then it calls all rows so. We always do.",
    ),
    Difference(
        "with_infinities",
        "num_stats.std_dev",
        lambda ours, theirs: math.isnan(ours) and theirs is None,
        "With infinities among the values mean and deviation are NaN; TFDV turns the deviation into 0.",
    ),
)


def odd_columns(rows=3000):
    """Columns of whatever makes statistics differ between two programs."""
    random = np.random.default_rng(7)
    normal = random.normal(size=rows).astype(np.float32)
    with_nan, with_infinities = normal.copy(), normal.copy()
    with_nan[::7], with_nan[::11] = np.nan, 0
    with_infinities[:5], with_infinities[5:12] = np.inf, -np.inf
    words = [f"word {i}".encode() for i in range(50)]
    return {
        "normal": ("FLOAT", normal.tolist()),
        "with_nan": ("FLOAT", with_nan.tolist()),
        "with_infinities": ("FLOAT", with_infinities.tolist()),
        "all_nan": ("FLOAT", [math.nan] * rows),
        "constant": ("FLOAT", [2.5] * rows),
        "zero": ("INT", [0] * rows),
        "boolean": ("INT", random.integers(0, 2, rows).tolist()),
        "skewed": ("INT", (random.pareto(1.0, rows) * 10).astype(int).tolist()),
        "huge": ("INT", random.integers(-(2**62), 2**62, rows).tolist()),
        "gaps": ("INT", [None if i % 3 else i for i in range(rows)]),
        "late": ("FLOAT", [None] * (rows - 3) + [1.0, 2.0, 3.0]),
        "several": ("FLOAT", [random.normal(size=i % 5 - 1).tolist() if i % 5 else None for i in range(rows)]),
        "pairs": ("INT", [[i, -i] for i in range(rows)]),
        "only_empty": ("FLOAT", [[]] * rows),
        "empty_text": ("BYTES", [[] if i % 2 else b"" for i in range(rows)]),
        "words": ("BYTES", [words[i] for i in random.integers(0, 50, rows)]),
        "ties": ("BYTES", [words[i % 40] for i in range(rows)]),
        "many": ("BYTES", [f"id {i % 2500}".encode() for i in range(rows)]),
        "unicode": ("BYTES", [f"\u00c5land \U0001f600 {i % 3}".encode() for i in range(rows)]),
        "not_utf8": ("BYTES", [bytes([200, i % 30]) if i % 10 == 0 else b"ok" for i in range(rows)]),
        "truth": ("BYTES", [(b"true", b"false")[i % 2] for i in range(rows)]),
        "number_text": ("BYTES", [str(i % 200).encode() for i in range(rows)]),
        "long": ("BYTES", [b"x" * (i % 1500) if i % 100 == 0 else b"s" for i in range(rows)]),
        "bag": ("BYTES", [[words[j % 7] for j in range(i % 4)] for i in range(rows)]),
    }


def large_columns(rows=120_000):
    random = np.random.default_rng(8)
    return {
        "normal": ("FLOAT", random.normal(size=rows).astype(np.float32).tolist()),
        "lognormal": ("FLOAT", random.lognormal(sigma=2, size=rows).astype(np.float32).tolist()),
        "whole": ("INT", random.integers(0, 1000, rows).tolist()),
    }


@pytest.fixture(scope="module")
def large():
    return large_columns()


@pytest.fixture(scope="module")
def made(peer, rows_of, written, large):
    """{"odd", "large": (our dataset, TFDV's)}."""
    places = {name: written(rows_of(columns)) for name, columns in (("odd", odd_columns()), ("large", large))}
    return compared(peer, {name: (*place, "train") for name, place in places.items()})


@pytest.fixture(scope="module")
def quickstart(peer, penguins):
    """{"train", "eval": (our dataset, TFDV's)}."""
    place = penguins["example-gen"]["examples"], penguins["statistics-gen"]["statistics"]
    return compared(peer, {split: (*place, split) for split in ("train", "eval")})


@pytest.fixture(scope="module")
def categories(peer, rows_of, written):
    """(our dataset, TFDV's), where a schema says which integers are categories."""
    from argosy.schema import BoolDomain, Domain, Feature, IntDomain, Schema

    columns = {name: odd_columns(500)[name] for name in ("boolean", "gaps", "skewed", "zero")}
    domains: dict[str, Domain] = {
        "boolean": BoolDomain(),
        "gaps": IntDomain(is_categorical=True),
        "skewed": IntDomain(min=0),
    }
    features = (Feature(name=name, type="INT", domain=domains.get(name)) for name in columns)
    place = written(rows_of(columns), Schema(features=tuple(features)))
    return compared(peer, {"rows": (*place, "train")}, schema=f"{place[1]}/schema.pbtxt")["rows"]


def compared(peer, places, schema="", **options):
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import statistics_pb2

    datasets = {
        name: {"files": f"{examples}/Split-{split}/*", "ours": f"{statistics}/Split-{split}/FeatureStats.pb"}
        for name, (examples, statistics, split) in places.items()
    }
    answer = peer("make_statistics", datasets=datasets, schema=schema, options=options)

    def parsed(text):
        found = text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList()).datasets
        return {one.name: one for one in found} if "slicing_config" in options else found[0]

    return {name: (parsed(pair["ours"]), parsed(pair["theirs"])) for name, pair in answer.items()}


def features(dataset):
    return {feature.path.step[0]: feature for feature in dataset.features}


def by_feature(dataset):
    """The values of each feature; under "" those of the dataset."""
    whole = {path: value for path, value in values(dataset).items() if not path.startswith("features")}
    return {"": whole} | {name: values(feature) for name, feature in features(dataset).items()}


def values(message, prefix=""):
    """Every field that is set, by its path; lists give their length too."""
    found = {}
    for field, value in message.ListFields():
        path = f"{prefix}{field.name}"
        if field.label == field.LABEL_REPEATED:
            found[f"{path}.length"] = len(value)
            for index, one in enumerate(value):
                found |= values(one, f"{path}[{index}].") if field.message_type else {f"{path}[{index}]": one}
        else:
            found |= {path: True} | values(value, f"{path}.") if field.message_type else {path: value}
    return found


def alike(one, other):
    """Equal, but for the last digits of a double: sums are in another order."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    return one == other


def different(mine, peers, name):
    """{path: (ours, theirs)} of what is neither alike nor a named difference that holds."""
    named = {difference.field: difference for difference in DIFFERENCES if difference.feature == name}
    return {
        path: pair
        for path in mine.keys() | peers.keys()
        if not alike(*(pair := (mine.get(path), peers.get(path)))) and not (path in named and named[path].holds(*pair))
    }


def check_all(ours, theirs):
    mine, peers = by_feature(ours), by_feature(theirs)
    assert mine.keys() == peers.keys()
    assert {name: found for name in mine if (found := different(mine[name], peers[name], name))} == {}


@pytest.mark.e2e
@pytest.mark.parametrize("split", ["train", "eval"])
def test_every_value_of_the_quickstart_is_tfdvs(quickstart, split):
    ours, theirs = quickstart[split]
    assert ours.num_examples == theirs.num_examples > 100
    assert sum(len(values(feature)) for feature in ours.features) > 600
    check_all(ours, theirs)


def test_every_value_of_odd_columns_is_tfdvs(made):
    ours, theirs = made["odd"]
    assert len(ours.features) == len(odd_columns(10))
    check_all(ours, theirs)


def test_categories_that_are_integers_are_counted_as_tfdv_counts_them(categories):
    ours, theirs = categories
    assert [name for name, one in features(ours).items() if one.HasField("string_stats")] == ["boolean", "gaps"]
    check_all(ours, theirs)


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.field)
def test_named_differences_are_still_there(made, difference):
    pair = tuple(by_feature(dataset)[difference.feature].get(difference.field) for dataset in made["odd"])
    assert not alike(*pair)
    assert difference.holds(*pair)


def test_of_many_values_all_but_quantiles_is_tfdvs(made):
    mine, peers = (by_feature(dataset) for dataset in made["large"])
    quantiles = re.compile(r"num_stats\.(median|histograms\[\d\]\.buckets\[\d+\]\..*)")
    for name in mine:
        assert [path for path in different(mine[name], peers[name], name) if not quantiles.fullmatch(path)] == []
    assert different(mine["whole"], peers["whole"], "whole") == {}


@pytest.mark.parametrize("name", ["normal", "lognormal"])
def test_approximate_quantiles_are_within_both_bounds(made, large, name):
    mine, peers = (features(dataset)[name].num_stats for dataset in made["large"])
    true = np.sort(np.array(large[name][1]))
    for statistics, epsilon in ((mine, OUR_EPSILON), (peers, TFDV_EPSILON)):
        ends = [bucket.high_value for bucket in statistics.histograms[1].buckets]
        ranks = np.searchsorted(true, ends, side="right") / len(true)
        np.testing.assert_allclose(ranks, np.arange(1, 11) / 10, rtol=0, atol=epsilon)
        assert abs(np.searchsorted(true, statistics.median, side="right") / len(true) - 0.5) <= epsilon
    ours, theirs = (np.cumsum([b.sample_count for b in s.histograms[0].buckets]) / len(true) for s in (mine, peers))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=OUR_EPSILON + TFDV_EPSILON)
    edges = [[(b.low_value, b.high_value) for b in s.histograms[0].buckets] for s in (mine, peers)]
    np.testing.assert_allclose(edges[0], edges[1], rtol=1e-12)
