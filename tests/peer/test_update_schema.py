"""Schemas that we and TFDV infer from, and update by, the same statistics: nested, semantic, odd."""

import base64

import pytest

from argosy.data_validation import infer_schema, update_schema
from argosy.data_validation.statistics.convert import from_bytes
from argosy.schema import convert

pytestmark = pytest.mark.peer

COMMON = "num_non_missing: 4 min_num_values: 1 max_num_values: 1 tot_num_values: 4"
GAPS = "num_non_missing: 3 num_missing: 1 min_num_values: 1 max_num_values: 1 tot_num_values: 3"


def level(low, high, missing=0):
    limits = f"min_num_values: {low} max_num_values: {high}"
    return f"presence_and_valency_stats {{ num_non_missing: 4 num_missing: {missing} {limits} }}"


def number(path, common=COMMON, kind="INT", low=0, high=9, custom=""):
    steps = " ".join(f'step: "{step}"' for step in path.split("/"))
    numbers = f"num_stats {{ common_stats {{ {common} }} min: {low} max: {high} }}"
    return f"features {{ path {{ {steps} }} type: {kind} {numbers} {custom} }}"


def struct(path, common=COMMON):
    steps = " ".join(f'step: "{step}"' for step in path.split("/"))
    return f"features {{ path {{ {steps} }} type: STRUCT struct_stats {{ common_stats {{ {common} }} }} }}"


def words(path, *values, common=COMMON, custom="", more="", kind="STRING"):
    steps = " ".join(f'step: "{step}"' for step in path.split("/"))
    ranks = " ".join(f'buckets {{ label: "{value}" sample_count: 1 }}' for value in values)
    counts = f"common_stats {{ {common} }} unique: {len(values)} rank_histogram {{ {ranks} }} {more}"
    return f"features {{ path {{ {steps} }} type: {kind} string_stats {{ {counts} }} {custom} }}"


def told(domain):
    return f"custom_stats {{ name: 'domain_info' str: '{domain}' }}"


def sparse(name):
    return f"features {{ path {{ step: '{name}' }} custom_stats {{ name: 'missing_value' num: 0 }} }}"


EMPTY = "num_missing: 4"

INFERRED = {
    "nested": [
        struct("trip"), number("trip/stops"), words("trip/via", "a", "b", "c"), struct("trip/car", GAPS),
        number("trip/car/doors", GAPS, low=2, high=5), number("age", low=0, high=1), words("last", "a", "b", "c"),
    ],
    "nested clash of names": [words("a.b", "x", "y", "z"), struct("a"), words("a/b", "x", "y", "w")],
    "levels of one size": [number("x", f"{COMMON} {level(2, 2)} {level(3, 3)}")],
    "levels, one of many sizes": [number("x", f"{COMMON} {level(2, 2)} {level(1, 3)}")],
    "levels, one empty": [number("x", f"{COMMON} {level(2, 2)} {level(0, 3)}")],
    "levels, one missing": [number("x", f"{COMMON} {level(2, 2)} {level(3, 3, 1)}")],
    "repeated structs": [struct("x", f"{COMMON} {level(1, 4)}"), number("x/y", GAPS)],
    "one level": [number("x", f"{COMMON} {level(1, 1)}")],
    "meanings": [
        words("image", "a", custom=told("image_domain {}")), words("url", "a", "b", "c", custom=told("url_domain {}")),
        words("text", "true", custom=told("natural_language_domain {}")),
        number("time", custom=told("time_domain { integer_format: UNIX_SECONDS }"), low=1, high=9),
        words("wrong", "true", "false", custom=told("no_domain {}")),
        words("two", "true", "false", custom=told("url_domain {} type: INT")),
        words("named", "a", "b", "c", custom=told('int_domain { min: 3 }')),
    ],
    "bytes": [words("x", "a", "b", "c", kind="BYTES"), words("utf8", "a", "b", "c", more="invalid_utf8_count: 1")],
    "sparse": [sparse("grid"), number("x")],
    "nothing": [number("x", EMPTY), words("y", common=EMPTY), struct("z", EMPTY)],
}  # fmt: skip

SCHEMA = """
feature { name: "age" type: INT value_count { min: 1 max: 1 } presence { min_fraction: 1 min_count: 1 } }
feature { name: "word" type: BYTES domain: "word" presence { min_count: 1 } }
feature { name: "gone" type: FLOAT presence { min_count: 1 } }
feature { name: "dormant" type: FLOAT lifecycle_stage: PLANNED presence { min_count: 1 } }
feature { name: "trip" type: STRUCT presence { min_count: 1 } struct_domain {
  feature { name: "stops" type: INT presence { min_fraction: 1 min_count: 1 } int_domain { min: 1 max: 5 } }
  feature { name: "gone" type: INT presence { min_count: 1 } } } }
sparse_feature { name: "grid" index_feature { name: "age" } value_feature { name: "age" } }
string_domain { name: "word" value: "a" value: "b" }
default_environment: "TRAINING"
"""

UPDATED = {
    "new": ([number("fresh"), words("other", "x", "y", "z")], {}),
    "relaxed": ([number("age", GAPS.replace("max_num_values: 1", "max_num_values: 3")), words("word", "a", "c")], {}),
    "domain too large": ([words("word", "a", "c", "d", "e")], {"max_string_domain_size": 3}),
    "domain of the limit's size": ([words("word", "a", "c")], {"max_string_domain_size": 3}),
    "nested": ([struct("trip"), number("trip/stops", GAPS, low=0, high=9), number("trip/fresh")], {}),
    "another type": ([number("word")], {}),
    "within another type": ([number("trip"), number("trip/stops")], {}),
    "dormant": ([number("dormant", low=0, high=1)], {}),
    "sparse": ([sparse("grid"), number("age")], {}),
    "meaning": ([number("age", custom=told("time_domain { integer_format: UNIX_SECONDS }"), low=1, high=9)], {}),
}


def serialized(features):
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import statistics_pb2

    text = f"datasets {{ num_examples: 4 {' '.join(features)} }}"
    return text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList()).SerializeToString()


def request():
    inferred = {name: (features, {"infer_feature_shape": True}, "") for name, features in INFERRED.items()}
    updated = {f"update: {name}": (features, options, SCHEMA) for name, (features, options) in UPDATED.items()}
    return {
        name: {"statistics": base64.b64encode(serialized(features)).decode(), "schema": schema, "options": options}
        for name, (features, options, schema) in (inferred | updated).items()
    }


@pytest.fixture(scope="module")
def theirs(peer):
    return peer("update_schema", cases=request())


@pytest.mark.parametrize("name", request())
def test_ours_is_theirs(theirs, name):
    case = request()[name]
    (statistics,) = from_bytes(base64.b64decode(case["statistics"]))
    if case["schema"]:
        ours = update_schema(convert.from_text(case["schema"]), statistics, **case["options"])
    else:
        ours = infer_schema(statistics, **case["options"])
    assert convert.to_text(ours).splitlines() == convert.to_text(convert.from_text(theirs[name])).splitlines()
