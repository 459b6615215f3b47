"""Rows judged one by one, by us and by TFDV."""

from pathlib import Path

import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]

SCHEMA = """
feature { name: "age" type: INT presence { min_fraction: 1 } int_domain { min: 0 max: 99 } }
feature { name: "size" type: FLOAT value_count { min: 1 max: 1 } float_domain { max: 2.5 disallow_nan: true } }
feature { name: "kind" type: BYTES string_domain { value: "a" value: "b" } }
"""
COLUMNS = {
    "age": ("INT", [1, -1, None, 200, 5, 7]),
    "size": ("FLOAT", [1.0, 3.0, 1.0, [1.0, 2.0], None, float("nan")]),
    "kind": ("BYTES", [b"a", b"x", b"b", b"x", b"\xff", None]),
    "new": ("INT", [1] * 6),
}


@pytest.fixture(scope="module")
def judged(peer, rows_of, written, tmp_path_factory):
    """(the rows, the schema, where they lie, TFDV's answer)."""
    from argosy.schema import read_schema

    file = tmp_path_factory.mktemp("schema") / "schema.pbtxt"
    file.write_text(SCHEMA)
    rows = rows_of(COLUMNS)
    files = f"{written(rows)[0]}/Split-train/*"
    return rows, read_schema(str(Path(file).parent)), files, peer("wrong_rows", files=files, schema=str(file))


def test_as_many_rows_have_each_reason_as_for_tfdv(judged):
    from argosy.data_validation import validate_examples_in_tfrecord

    _, schema, files, theirs = judged
    found = validate_examples_in_tfrecord(files, schema).statistics
    ours = {one.name: one.num_examples for one in found.slices}
    # A row by itself has a column of nothing, which is no anomaly of rows for TFDV.
    assert ours.pop("age_FEATURE_TYPE_LOW_FRACTION_PRESENT") == 1
    assert ours == theirs["by_reason"]
    assert len(ours) >= 6


def test_an_instance_has_the_anomalies_that_it_has_for_tfdv(judged):
    from argosy.data_validation import validate_instance

    rows, schema, _, theirs = judged
    for place, told in enumerate(theirs["instances"]):
        found = validate_instance(rows.slice(place, 1), schema)
        ours = {one.name: sorted(reason.type for reason in one.reasons) for one in found.features}
        assert ours == {name: sorted(types) for name, types in told.items()}, place
