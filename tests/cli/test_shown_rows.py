"""`argosy show` of examples, whatever their payload."""

import json

import pyarrow as pa
import pytest

from argosy.cli.show import text
from argosy.examples import write_examples


@pytest.mark.parametrize("payload", ["FORMAT_PARQUET", "FORMAT_TF_SEQUENCE_EXAMPLE"])
def test_rows_are_shown_with_their_feature_lists(tmp_path, payload):
    words = pa.array([[[b"a", b"\xff"], None, []], [[b"b"]], None], pa.list_(pa.list_(pa.binary())))
    batch = pa.record_batch({"n": pa.array([[1], [2, 3], None], pa.list_(pa.int64())), "words": words})
    write_examples([batch], str(tmp_path), "train", payload_format=payload)
    head, *rows = text(tmp_path).strip().splitlines()
    assert head == "split train, first rows:"
    assert [json.loads(row) for row in rows] == [
        {"n": 1, "words": [["a", "\\xff"], None, []]},
        {"n": [2, 3], "words": ["b"]},
        {"n": None, "words": None},
    ]
