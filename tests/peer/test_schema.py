"""Our schema, loaded by TFDV, against the one that TFDV infers from its own statistics of the same Examples."""

import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]

ROWS = 210


def cycle(*values):
    return [values[i % len(values)] for i in range(ROWS)]


def texts(*values):
    return "BYTES", cycle(*(value.encode() for value in values))


COLUMNS = {
    "zero": ("INT", cycle(0)),
    "one": ("INT", cycle(1)),
    "boolean": ("INT", cycle(0, 1)),
    "zero_two": ("INT", cycle(0, 2)),
    "negative": ("INT", cycle(-1, 1)),
    "boolean_gaps": ("INT", cycle(0, None, 1)),
    "float_boolean": ("FLOAT", cycle(0.0, 1.0)),
    "number": ("FLOAT", cycle(1.5, float("nan"), float("inf"))),
    "pairs": ("INT", cycle([1, 2])),
    "pairs_gaps": ("INT", cycle([1, 2], None)),
    "one_or_two": ("INT", cycle([1], [2, 3])),
    "one_or_two_gaps": ("INT", cycle([1], None, [2, 3])),
    "none_or_one": ("FLOAT", cycle([], [1.0])),
    "only_empty": ("FLOAT", cycle([])),
    "empty_text": ("BYTES", cycle([], [b""])),
    "once": ("BYTES", [b"x"] + [None] * (ROWS - 1)),
    "words": texts("b", "a", "\u00e5", "Z"),
    "words_gaps": ("BYTES", cycle(b"b", None, b"a")),
    "bags": ("BYTES", cycle([b"x", b"y", b"z"], [b"y"])),
    "true_false": texts("true", "false"),
    "true_zero": texts("TRUE", "0"),
    "only_set": texts("SET"),
    "only_zero": texts("0"),
    "zero_one": texts("0", "1"),
    "yes_no": texts("y", "n"),
    "true_set": texts("true", "SET"),
    "true_false_maybe": texts("true", "false", "maybe"),
    "empty_false": texts("", "false"),
    "only_blank": texts(""),
    "integers": texts("1", "-2", "+3"),
    "large_integers": texts("9223372036854775807", "1"),
    "too_large_integers": texts("9223372036854775808", "1"),
    "spaced_integers": texts(" 1", "2 "),
    "padded_integers": texts("007", "1"),
    "floats": texts("1.5", "2"),
    "hundred": texts(*(f"v{i}" for i in range(100))),
    "hundred_and_one": texts(*(f"v{i}" for i in range(101))),
    "many_integers": texts(*(str(i) for i in range(200))),
    "not_utf8": ("BYTES", cycle(b"a", b"\xff")),
    **{name: texts("a", "b") for name in ("v1.5", "has space", "it's", "(ext)", "(a)(b)", "f(x)", '\u00e5\\"')},
}


@pytest.fixture(scope="module")
def odd(peer, rows_of, written, tmp_path_factory):
    """(our schema as TFDV loads it, TFDV's)."""
    from argosy.data_validation import infer_schema, read_statistics
    from argosy.schema import write_schema

    examples, statistics = written(rows_of(COLUMNS))
    file = str(tmp_path_factory.mktemp("schema") / "schema.pbtxt")
    write_schema(infer_schema(read_statistics(statistics, "train")), file)
    return compared(peer, examples, file)


@pytest.fixture(scope="module")
def quickstart(peer, penguins):
    return compared(peer, penguins["example-gen"]["examples"], f"{penguins['schema-gen']['schema']}/schema.pbtxt")


def compared(peer, examples, file):
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    answer = peer("infer_schema", datasets={"train": {"files": f"{examples}/Split-train/*", "ours": file}})["train"]
    return tuple(text_format.Parse(answer[side], schema_pb2.Schema()) for side in ("ours", "theirs"))


def parts(schema):
    """{name: the text of a feature or a shared domain}."""
    domains = {f"domain {domain.name}": str(domain) for domain in schema.string_domain}
    return {feature.name: str(feature) for feature in schema.feature} | domains


@pytest.mark.e2e
def test_the_quickstarts_schema_is_tfdvs_feature_by_feature(quickstart):
    ours, theirs = map(parts, quickstart)
    assert len(ours) == 8 + 3
    assert ours == theirs


def test_the_schema_of_odd_columns_is_tfdvs_feature_by_feature(odd):
    ours, theirs = map(parts, odd)
    assert set(COLUMNS) < set(ours)
    assert ours == theirs


def test_nothing_but_features_and_domains_is_inferred(odd):
    for schema in odd:
        assert {field.name for field, _ in schema.ListFields()} == {"feature", "string_domain"}
