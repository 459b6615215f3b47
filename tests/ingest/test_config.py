import pytest

from argosy.errors import ParameterError
from argosy.ingest.config import DEFAULT_SPLITS, InputSplit, OutputSplit, input_splits, output_config, wanted_span
from argosy.ingest.spans import Wanted


def split(**fields):
    return {"split_config": {"splits": [fields]}}


def test_defaults():
    assert input_splits({}) == input_splits(None) == (InputSplit(name="single_split", pattern="*"),)
    assert output_config({}, input_splits({})).splits == DEFAULT_SPLITS


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
        ({"splits": [{"name": "a", "pattern": "span-{SPAM}/*"}]}, "{SPAM} is unknown.; did you mean 'SPAN'"),
        (
            {"splits": [{"name": "a", "pattern": "a/{SPAN}/*"}, {"name": "b", "pattern": "b/*"}]},
            r"split a has {SPAN} \('a/{SPAN}/\*'\) and split b has no span \('b/\*'\); all splits are of one span",
        ),
        (
            {"splits": [{"name": "a", "pattern": "{SPAN}/*"}, {"name": "b", "pattern": "{YYYY}{MM}{DD}/*"}]},
            "split a has {SPAN} .* and split b has {YYYY} {MM} {DD}",
        ),
        (
            {"splits": [{"name": "a", "pattern": "{SPAN}/*"}, {"name": "b", "pattern": "{SPAN}/{VERSION}/*"}]},
            "split b has {SPAN} {VERSION}",
        ),
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


def static(start, end):
    return {"static_range": {"start_span_number": start, "end_span_number": end}}


def rolling(**fields):
    return {"rolling_range": {"num_spans": 1, **fields}}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (({},), Wanted()),
        ((None,), Wanted()),
        ((static(3, 3.0),), Wanted(first=3, last=3, said_by="range_config.static_range")),
        ((static(0, 0),), Wanted(first=0, last=0, said_by="range_config.static_range")),
        ((rolling(),), Wanted(said_by="range_config.rolling_range")),
        ((rolling(start_span_number=4),), Wanted(first=4, said_by="range_config.rolling_range")),
        (
            (rolling(start_span_number=4), 9, 0),
            Wanted(first=9, last=9, version=0, said_by="range_config.rolling_range"),
        ),
        ((static(3, 3), 3), Wanted(first=3, last=3, said_by="range_config.static_range")),
        (({}, 0), Wanted(first=0, last=0, said_by="parameter span")),
        (({}, -1, 2), Wanted(version=2)),
    ],
)
def test_a_range(given, wanted):
    assert wanted_span(*given) == wanted


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (({"static": {}},), "did you mean 'static_range'"),
        (("latest",), "range_config: expected a dictionary"),
        (({**static(1, 1), **rolling()},), "both a static_range and a rolling_range"),
        ((static(1, 3),), "ExampleGen reads one span, and 1 to 3 are given"),
        ((static(-1, -1),), "start_span_number: expected a whole number from 0 on"),
        ((static("1", 1),), "start_span_number: expected a whole number"),
        ((static(True, 1),), "start_span_number: expected a whole number"),
        ((static(10**15, 10**15),), "of at most 15 digits"),
        (({"static_range": {"start_span_number": 1}},), "static_range: end_span_number is missing"),
        (({"static_range": {}},), "start_span_number is missing"),
        (({"static_range": {"startSpanNumber": 1}},), "unknown key 'startSpanNumber'; did you mean"),
        ((rolling(num_spans=2),), "reads one span, the newest; give num_spans as 1, found 2"),
        (({"rolling_range": {}},), "give num_spans as 1, found 0"),
        ((rolling(start_span_number=1.5),), "start_span_number: expected a whole number"),
        ((rolling(skip_num_recent_spans=1),), "unknown key 'skip_num_recent_spans'"),
        ((static(3, 3), 4), "span 4 is not what range_config.static_range asks for, span 3"),
        ((rolling(start_span_number=4), 3), "span 3 is not what range_config.rolling_range asks for, span from 4 on"),
        (({}, -2), "span: expected a whole number from -1 on"),
        (({}, 3, -2), "version: expected a whole number from -1 on"),
    ],
)
def test_a_range_that_is_wrong(given, message):
    with pytest.raises(ParameterError, match=message):
        wanted_span(*given)
