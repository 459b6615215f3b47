"""Our Examples, read by TensorFlow and by tfx_bsl: the same rows, the same values, and what is missing missing."""

import math

import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]

EDGES = {
    "whole": ("INT", [1, -1, 2**63 - 1, -(2**63), 0, None]),
    "number": ("FLOAT", [1.5, float("nan"), float("inf"), -0.0, None, 1e-45]),
    "text": ("BYTES", [b"a", b"", "\u00e5\U0001f600".encode(), b"\xff\x00", None, b"x" * 5000]),
    "several": ("INT", [[1, 2, 3], [4], None, [5] * 300, [6, 7], None]),
    "empty": ("FLOAT", [[], None, [], [1.0], None, []]),
}
"""Whatever a row may hold. `empty` has present rows without a value, and missing ones."""


@pytest.fixture(scope="module")
def edges(peer, rows_of, written):
    """(our rows, the peer's answer)."""
    from argosy.data_validation import infer_schema, read_statistics
    from argosy.schema import write_schema

    batch = rows_of(EDGES)
    examples, statistics = written(batch)
    schema = infer_schema(read_statistics(statistics, "train"))
    write_schema(schema, statistics)
    dataset = {"files": f"{examples}/Split-train/*", "schema": f"{statistics}/schema.pbtxt"}
    return plain(batch.to_pylist()), peer("read_rows", datasets={"edges": dataset})["edges"]


@pytest.fixture(scope="module")
def quickstart(peer, penguins):
    """{split: (our rows, the peer's answer)}."""
    from argosy.examples import read_examples

    examples, schema = penguins["example-gen"]["examples"], f"{penguins['schema-gen']['schema']}/schema.pbtxt"
    datasets = {split: {"files": f"{examples}/Split-{split}/*", "schema": schema} for split in ("train", "eval")}
    answers = peer("read_rows", datasets=datasets)
    ours = {s: [row for batch in read_examples(examples, s) for row in batch.to_pylist()] for s in datasets}
    return {split: (plain(ours[split]), answers[split]) for split in datasets}


@pytest.fixture(params=["train", "eval"])
def split(request, quickstart):
    return quickstart[request.param]


def plain(rows):
    """The rows with bytes as the peer's JSON has them."""
    return [{name: values and [_text(value) for value in values] for name, values in row.items()} for row in rows]


def _text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else value


def present(rows):
    """The rows without what they lack."""
    return [{name: values for name, values in row.items() if values is not None} for row in rows]


def same(found, expected):
    """Whether two lists of rows are alike, NaN being like NaN."""
    return len(found) == len(expected) and all(
        one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
        for one, other in zip(found, expected, strict=True)
    )


def _alike(values, others):
    if values is None or others is None:
        return values is others
    pairs = zip(values, others, strict=False)
    return len(values) == len(others) and all(a == b or (_nan(a) and _nan(b)) for a, b in pairs)


def _nan(value):
    return isinstance(value, float) and math.isnan(value)


@pytest.mark.e2e
def test_the_quickstarts_rows_have_gaps(split):
    ours, _ = split
    assert len(ours) > 100
    assert 0 < sum(row["sex"] is None for row in ours) < len(ours)


@pytest.mark.e2e
@pytest.mark.parametrize("reader", ["protos", "parsed"])
def test_tensorflow_reads_the_quickstarts_rows(split, reader):
    ours, answer = split
    assert same(answer[reader], present(ours))


@pytest.mark.e2e
@pytest.mark.parametrize("reader", ["columnar", "columnar_without_schema"])
def test_tfx_bsl_reads_the_quickstarts_rows(split, reader):
    ours, answer = split
    assert same(present(answer[reader]), present(ours))


def test_tensorflow_reads_every_edge(edges):
    ours, answer = edges
    assert same(answer["protos"], present(ours))


def test_tensorflows_parser_cannot_tell_empty_from_missing(edges):
    ours, answer = edges
    assert same(answer["parsed"], [{name: values for name, values in row.items() if values} for row in ours])


@pytest.mark.parametrize("reader", ["columnar", "columnar_without_schema"])
def test_tfx_bsl_reads_every_edge_and_tells_empty_from_missing(edges, reader):
    ours, answer = edges
    assert same(answer[reader], ours)


def test_tfx_reads_our_parquet_and_counts_what_is_missing(peer, rows_of, tmp_path):
    from argosy.examples import write_examples

    batch = rows_of(EDGES)
    write_examples([batch], str(tmp_path), "train", payload_format="FORMAT_PARQUET")
    answer = peer("read_parquet", files=f"{tmp_path}/Split-train/*")
    assert same(answer["rows"], plain(batch.to_pylist()))
    missing = {name: column.null_count for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    assert (answer["num_examples"], answer["missing"]) == (batch.num_rows, missing)
