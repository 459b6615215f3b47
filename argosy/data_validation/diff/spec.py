"""What a diff of rows is asked and what it finds, as frozen dataclasses under the names of TFX's protos."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from argosy.data_validation.config import check_keys, list_of
from argosy.errors import ParameterError


@dataclasses.dataclass(frozen=True, kw_only=True)
class DiffOptions:
    """How rows are paired and compared.

    Attributes:
        identifier_features: Names of the features that together say which row of one side is which of the other.
        ignore_features: Names of features that are not compared.
        skew_sample_size: How many pairs that differ are kept.
        float_round_ndigits: To how many digits floats are rounded before they are compared, as identifiers too; None:
            not at all.
        allow_duplicate_identifiers: Whether rows that share their identifiers with others of their side are compared,
            each with each of the other side; else they are counted only.
        confusion_features: Names of features, of one string a row, whose pairs of values are counted.
    """

    identifier_features: tuple[str, ...]
    ignore_features: tuple[str, ...] = ()
    skew_sample_size: int = 0
    float_round_ndigits: int | None = None
    allow_duplicate_identifiers: bool = False
    confusion_features: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class MatchStats:
    """How rows were paired.

    Attributes:
        base_with_id_count: Rows of the base that have all identifiers.
        test_with_id_count: Likewise of the test.
        identifiers_count: Different identifiers.
        ids_missing_in_base_count: Those that only the test has.
        ids_missing_in_test_count: Those that only the base has.
        matching_pairs_count: Pairs of rows with equal identifiers.
        base_missing_id_count: Rows of the base that lack an identifier, and are not compared.
        test_missing_id_count: Likewise of the test.
        duplicate_id_count: Identifiers that several rows of a side share.
    """

    base_with_id_count: int = 0
    test_with_id_count: int = 0
    identifiers_count: int = 0
    ids_missing_in_base_count: int = 0
    ids_missing_in_test_count: int = 0
    matching_pairs_count: int = 0
    base_missing_id_count: int = 0
    test_missing_id_count: int = 0
    duplicate_id_count: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeatureSkew:
    """How often a feature differs in the pairs that were compared; `count`s are of rows in which it has a value."""

    feature_name: str
    base_count: int = 0
    test_count: int = 0
    match_count: int = 0
    base_only: int = 0
    test_only: int = 0
    mismatch_count: int = 0

    @property
    def diff_count(self) -> int:
        """In how many pairs it differs."""
        return self.base_only + self.test_only + self.mismatch_count


@dataclasses.dataclass(frozen=True, kw_only=True)
class SkewPair:
    """Two rows, as serialized tf.Examples, and how their features compare."""

    base: bytes
    test: bytes
    base_only_features: tuple[str, ...] = ()
    test_only_features: tuple[str, ...] = ()
    matched_features: tuple[str, ...] = ()
    mismatched_features: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConfusionCount:
    """How many pairs have this value in the base and that in the test; None: no value."""

    feature_name: str
    base: bytes | None
    test: bytes | None
    count: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Diff:
    """All that was found; features by name, confusion counts greatest first."""

    match_stats: MatchStats = dataclasses.field(default_factory=MatchStats)
    features: tuple[FeatureSkew, ...] = ()
    pairs: tuple[SkewPair, ...] = ()
    confusion: tuple[ConfusionCount, ...] = ()


def parse_diff_options(config: Mapping[str, Any]) -> DiffOptions:
    """Returns the options of TFX's ExampleDiffConfig as a dictionary.

    >>> parse_diff_options({"paired_example_skew": {"identifier_features": ["id"]}}).identifier_features
    ('id',)

    Raises:
        ParameterError: A key is unknown, or a value of the wrong type; or nothing identifies a row.
    """
    check_keys(config, {"paired_example_skew"}, "config")
    if "paired_example_skew" not in config:
        raise ParameterError("config: paired_example_skew is missing; it says by which identifier_features to join")
    given = config["paired_example_skew"]
    fields = {field.name for field in dataclasses.fields(DiffOptions)} - {"confusion_features"}
    check_keys(given, {*fields, "confusion_config"}, "paired_example_skew")
    identifiers, ignored = (_names(given, key) for key in ("identifier_features", "ignore_features"))
    if not identifiers:
        raise ParameterError("paired_example_skew: identifier_features is empty; name what identifies a row")
    return DiffOptions(
        identifier_features=identifiers,
        ignore_features=ignored,
        skew_sample_size=_whole(given, "skew_sample_size") or 0,
        float_round_ndigits=_whole(given, "float_round_ndigits"),
        allow_duplicate_identifiers=_truth(given, "allow_duplicate_identifiers"),
        confusion_features=_confusion(given),
    )


def _confusion(given: Mapping[str, Any]) -> tuple[str, ...]:
    configs = list_of(given, "confusion_config")
    for config in configs:
        check_keys(config, {"feature_name"}, "confusion_config")
        if not isinstance(config.get("feature_name"), str):
            raise ParameterError(f"confusion_config: {config!r} has no feature_name")
    return tuple(config["feature_name"] for config in configs)


def _names(given: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = given.get(key, [])
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ParameterError(f"paired_example_skew: {key} is {value!r}; give a list of names of features")
    return tuple(dict.fromkeys(value))


def _whole(given: Mapping[str, Any], key: str) -> int | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 0:
        raise ParameterError(f"paired_example_skew: {key} is {value!r}; give a whole number of at least 0")
    return int(value)


def _truth(given: Mapping[str, Any], key: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise ParameterError(f"paired_example_skew: {key} is {value!r}; give true or false")
    return value
