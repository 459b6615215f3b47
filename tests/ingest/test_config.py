import pytest

from argosy.errors import ParameterError
from argosy.ingest.config import DEFAULT_SPLITS, InputSplit, OutputSplit, check_range, input_splits, output_config


def split(**fields):
    return {"split_config": {"splits": [fields]}}


def test_defaults():
    assert input_splits({}) == input_splits(None) == (InputSplit(name="single_split", pattern="*"),)
    assert output_config({}, input_splits({})).splits == DEFAULT_SPLITS
    check_range({})


def test_what_is_given():
    inputs = input_splits({"splits": [{"name": "a", "pattern": "a/*"}, {"name": "b-1_c", "pattern": "b/**/*.csv"}]})
    assert [(s.name, s.pattern) for s in inputs] == [("a", "a/*"), ("b-1_c", "b/**/*.csv")]
    assert output_config({}, inputs).splits == ()
    one = output_config({"split_config": {"splits": [{"name": "x", "hash_buckets": 3.0}]}}, [InputSplit()])
    assert one.splits == (OutputSplit(name="x", hash_buckets=3),)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"split": []}, "unknown key 'split'; did you mean 'splits'"),
        ({"splits": {}}, "expected a list"),
        ({"splits": ["x"]}, r"splits\[0\]: expected a dictionary"),
        ({"splits": [{"name": "a b", "pattern": "*"}]}, r"splits\[0\].name"),
        ({"splits": [{"name": "a", "pattern": "/x"}]}, r"splits\[0\].pattern"),
        ({"splits": [{"name": "a", "pattern": "x/../../y"}]}, r"splits\[0\].pattern"),
        ({"splits": [{"name": "a"}]}, r"splits\[0\].pattern"),
        ({"splits": [{"name": "a", "pattern": "*"}] * 2}, "'a' stands twice"),
        ({"splits": [{"name": "a", "pattern": "span-{SPAN}/*"}]}, r"\{SPAN\} is not read"),
        ({"splits": [{"name": "a", "pattern": "{YYYY}-{MM}-{DD}/*"}]}, r"\{YYYY\} is not read"),
        ([], "expected a dictionary"),
    ],
)
def test_an_input_config_that_is_wrong(config, message):
    with pytest.raises(ParameterError, match=message):
        input_splits(config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"splits": []}, "unknown key 'splits'; Known: split_config"),
        (split(name="a"), "hash_buckets"),
        (split(name="a", hash_buckets=0), "above zero"),
        (split(name="a", hash_buckets=1.5), "above zero"),
        (split(name="a", hash_buckets=True), "above zero"),
        (split(name="a", hash_buckets=1 << 64), "below 2147483648"),
        (split(name="a", buckets=1), "unknown key 'buckets'"),
        (split(name="", hash_buckets=1), "name"),
        ({"split_config": {"partition_feature_name": 3}}, "expected a text"),
    ],
)
def test_an_output_config_that_is_wrong(config, message):
    with pytest.raises(ParameterError, match=message):
        output_config(config, [InputSplit()])


def test_several_inputs_are_the_outputs():
    with pytest.raises(ParameterError, match="several input splits"):
        output_config(split(name="a", hash_buckets=1), [InputSplit(name="a"), InputSplit(name="b")])


def test_a_range_is_refused():
    with pytest.raises(ParameterError, match="SPAN"):
        check_range({"static_range": {"start_span_number": 1, "end_span_number": 1}})
    with pytest.raises(ParameterError, match="did you mean 'static_range'"):
        check_range({"static": {}})
