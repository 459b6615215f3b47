"""The language of custom conditions: what it says, and all that it refuses to say."""

import pyarrow as pa
import pytest

from argosy.data_validation import generate_statistics, parse_custom_validations, validate_statistics
from argosy.data_validation.statistics import convert
from argosy.data_validation.validation.custom import check_custom
from argosy.data_validation.validation.expression import UnsetError, evaluate, from_sql, parse
from argosy.errors import ParameterError
from argosy.schema import Feature, Schema

ROWS = pa.record_batch(
    {
        "age": pa.array([[3], [5], [7], None], pa.list_(pa.int64())),
        "name": pa.array([[b"ann"], [b"bob"], [b"ann"], [b"cy"]], pa.list_(pa.binary())),
    }
)
STATISTICS = generate_statistics([ROWS])
SCHEMA = Schema(features=(Feature(name="age", type="INT"), Feature(name="name", type="BYTES")))


def judged(text, feature="age"):
    messages = {message.path.step[0]: message for message in convert.to_proto(STATISTICS).features}
    return evaluate(parse(text, names=("feature",)), {"feature": messages[feature]})


@pytest.mark.parametrize(
    ("text", "feature", "answer"),
    [
        ("feature.num_stats.mean > 4.9", "age", True),
        ("feature.num_stats.mean > 5", "age", False),
        ("3 <= feature.num_stats.min < feature.num_stats.max <= 7", "age", True),
        ("feature.num_stats.common_stats.num_missing == 1 and not feature.num_stats.num_zeros", "age", True),
        ("feature.num_stats.max - feature.num_stats.min == 4 or 1 / 0 > 0", "age", True),
        ("feature.type == 'INT'", "age", True),
        ("feature.type in ['STRING', 'BYTES']", "name", True),
        ("feature.string_stats is None", "age", True),
        ("feature.string_stats is not None and feature.string_stats.unique == 3", "name", True),
        ("feature.string_stats.top_values[0].value == 'ann'", "name", True),
        ("any(v.value == 'bob' for v in feature.string_stats.top_values)", "name", True),
        ("all(v.frequency > 1 for v in feature.string_stats.top_values)", "name", False),
        ("sum(v.frequency for v in feature.string_stats.top_values if v.value != 'cy') == 3", "name", True),
        ("len(feature.string_stats.rank_histogram.buckets) == max(3, 2)", "name", True),
        ("abs(-round(2.5)) == 2 if 1 > 0 else False", "age", True),
        ("'ann' not in ('bob', 'cy')", "age", True),
    ],
)
def test_what_it_says(text, feature, answer):
    assert judged(text, feature) is answer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no expression"),
        ("feature.", "is no expression"),
        ("(" * 1500, "is no expression"),
        ("1 +" * 600 + "1", "parts|characters"),
        ("feature.__class__", "__class__"),
        ("feature.DESCRIPTOR._options", "_options"),
        ("().__class__.__bases__[0].__subclasses__()", "may"),
        ("__import__('os').system('true')", "may call abs"),
        ("open('/etc/passwd')", "may call abs"),
        ("open > 0", "does not know 'open'"),
        ("other.num_stats.mean > 0", "does not know 'other'"),
        ("feature.num_stats.mean ** 99", "Pow"),
        ("1 << 9999", "LShift"),
        ("lambda: 1", "Lambda"),
        ("[x for x in feature.string_stats.top_values]", "ListComp"),
        ("(x := 1) > 0", "NamedExpr"),
        ("f'{feature}'", "JoinedStr"),
        ("feature.num_stats.mean.real(1)", "may call"),
        ("any(x for x in feature.path.step for y in feature.path.step)", "one loop"),
        ("any(any(y for y in feature.path.step) for x in feature.path.step)", "one loop"),
        ("any(x.y for x.y in feature.path.step)", "one plain name"),
        ("max(*feature.path.step) > 0", "Starred"),
        ("max(1, key=abs) > 0", "may call"),
        ("1j == 1", "may not hold"),
        ("b'a' == 1", "may not hold"),
        ("feature.type in ('INTEGER')", r"right of `in` stands 'INTEGER', no list; write \['INTEGER'\]"),
        ("feature.num_stats.mean BETWEEN 1 AND 3", "no BETWEEN; .* `a <= x and x <= b`"),
    ],
)
def test_what_it_refuses_to_say(text, message):
    with pytest.raises(ParameterError, match=message):
        parse(text, names=("feature",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("feature.num_stats.meen > 0", "a NumericStatistics has no field 'meen'"),
        ("feature.num_stats.mean", "write a comparison"),
        ("feature.num_stats.mean / 0 > 1", "division"),
        ("'a' * 999999999 == 'a'", "is no number"),
        ("feature.num_stats.SerializeToString > 0", "has no field"),
        ("feature.DESCRIPTOR is None", "has no field"),
        ("'a'.upper == 1", "has no fields"),
        ("feature.num_stats > 0", "not supported"),
        ("feature.path.step['a'] == 1", "by its number"),
        ("v == 1 or any(v for v in feature.path.step)", "where it has no value"),
    ],
)
def test_what_makes_no_sense_is_refused_when_it_is_judged(text, message):
    with pytest.raises(ParameterError, match=message):
        judged(text)


def test_rounding_is_bounded():
    assert judged("round(5, 999999999) == 5")
    assert judged("round(5, -999999999) == 0")


def test_what_is_not_set_is_told():
    with pytest.raises(UnsetError, match="string_stats"):
        judged("feature.string_stats.unique > 0")
    with pytest.raises(UnsetError):
        judged("feature.string_stats.top_values[9].value == 'a'", "name")


def test_the_operators_of_sql():
    assert from_sql("feature.type = 'A = B' OR NOT feature.a <> 1") == "feature.type == 'A = B' or not feature.a != 1"
    assert judged(from_sql("feature.string_stats IS NULL AND feature.num_stats.max >= 7"))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("feature.type IN ('INTEGER')", False),
        ("feature.type NOT IN ('INTEGER')", True),
        ("feature.type IN ('INT')", True),
        ("feature.type IN ('INT', 'FLOAT') AND 7 IN (feature.num_stats.max)", True),
    ],
)
def test_a_list_of_one_is_a_list_in_sql(text, answer):
    (validation,) = parse_custom_validations(config({"sql_expression": text}))
    assert (not check_custom([validation], STATISTICS)) is answer


def config(*validations, **fields):
    single = {"feature_path": {"step": ["age"]}, "validations": list(validations), **fields}
    return {"feature_validations": [single]}


def found(given, environment=""):
    schema = Schema(features=SCHEMA.features, default_environments=("TRAINING", "SERVING"))
    return validate_statistics(
        STATISTICS, schema, custom_validations=parse_custom_validations(given), environment=environment
    ).features


def test_a_condition_that_is_false_is_an_anomaly():
    mean = {"expression": "feature.num_stats.mean > 10", "severity": "WARNING", "description": "people are grown up"}
    (anomaly,) = found(config(mean, {"expression": "feature.num_stats.min > 0"}))
    (reason,) = anomaly.reasons
    assert (anomaly.name, anomaly.severity, reason.type) == ("age", "WARNING", "CUSTOM_VALIDATION")
    assert reason.description == "people are grown up (feature.num_stats.mean > 10 is false)"
    sql = {"sql_expression": "feature.num_stats.mean = 10", "in_environment": ["SERVING"]}
    assert found(config(sql), "TRAINING") == ()
    assert [one.severity for one in found(config(sql), "SERVING")] == ["ERROR"]
    for environment in ("", "TRAINING"):
        with pytest.raises(ParameterError, match=r"in_environment 'SERVNG' is in no feature.*did you mean 'SERVING'"):
            found(config({**sql, "in_environment": ["SERVNG"]}), environment)
    with pytest.raises(ParameterError, match="in_environment is"):
        parse_custom_validations(config({**sql, "in_environment": [1]}))


def test_pairs_of_features():
    pair = {
        "feature_test_path": {"step": ["age"]},
        "feature_base_path": {"step": ["name"]},
        "validations": [{"expression": "feature_test.num_stats.max > feature_base.string_stats.unique + 4"}],
    }
    (anomaly,) = found({"feature_pair_validations": [pair]})
    assert anomaly.name == "age"
    previous = generate_statistics([ROWS.slice(0, 1)])
    same = {**pair, "feature_base_path": "age"}
    same["validations"] = [{"expression": "feature_test.num_stats.max == feature_base.num_stats.max"}]
    custom = parse_custom_validations({"feature_pair_validations": [same]})
    assert validate_statistics(STATISTICS, SCHEMA, custom_validations=custom).is_clean
    assert not validate_statistics(STATISTICS, SCHEMA, custom_validations=custom, previous_statistics=previous).is_clean


def test_what_cannot_be_judged_is_an_anomaly():
    (anomaly,) = found(config({"expression": "feature.string_stats.unique > 0"}))
    assert anomaly.reasons[0].type == "STATS_NOT_AVAILABLE"
    assert "needs string_stats" in anomaly.description
    (anomaly,) = found(config({"expression": "1 > 0"}, feature_path="agee"))
    assert "did you mean 'age'" in anomaly.description


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"feature_validation": []}, "did you mean 'feature_validations'"),
        ({"feature_validations": [{"feature_path": "a"}]}, "validations is missing"),
        ({"feature_validations": [{"feature_path": [], "validations": []}]}, "feature_path is"),
        (config({}), "one `expression`"),
        (config({"expression": "1 > 0", "sql_expression": "1 > 0"}), "one `expression`"),
        (config({"expression": "1 > 0", "severity": "FATAL"}), "ERROR or WARNING"),
        (config({"expression": 1}), "give a text"),
        (config({"expression": "import os"}), "is no expression"),
        (config({"expression": "feature_test.type == 'INT'"}), "does not know 'feature_test'"),
    ],
)
def test_bad_configurations_are_refused(given, message):
    with pytest.raises(ParameterError, match=message):
        parse_custom_validations(given)
    with pytest.raises(ParameterError, match="no statistics of slice 'nowhere'"):
        found(config({"expression": "1 > 0"}, dataset_name="nowhere"))
