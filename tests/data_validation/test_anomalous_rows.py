"""The wrong rows of files, described and sampled; and rows judged by their statistics."""

import numpy as np
import pyarrow as pa
import pytest

from argosy.data_validation import (
    generate_statistics,
    load_statistics,
    validate_examples,
    validate_examples_in_csv,
    validate_examples_in_tfrecord,
    validate_instance,
)
from argosy.data_validation.rows.typed import typed_parts
from argosy.errors import DataError, ParameterError
from argosy.examples import write_examples
from argosy.schema import (
    DatasetConstraints,
    Feature,
    FloatDomain,
    IntDomain,
    Presence,
    Schema,
    StringDomain,
    UniqueConstraints,
)

AGE = Feature(name="age", type="INT", presence=Presence(min_fraction=1.0), domain=IntDomain(min=0, max=99))
SIZE = Feature(name="size", type="FLOAT", domain=FloatDomain(max=2.5), not_in_environment=("SERVING",))
KIND = Feature(name="kind", type="BYTES", domain=StringDomain(values=("a", "b")))
SCHEMA = Schema(features=(AGE, SIZE, KIND), default_environments=("TRAINING", "SERVING"))
ROWS = pa.record_batch(
    {
        "age": pa.array([[1], [-1], None, [200], [5]], pa.list_(pa.int64())),
        "size": pa.array([[1.0], [3.0], [1.0], [1.0], None], pa.list_(pa.float32())),
        "kind": pa.array([[b"a"], [b"x"], [b"b"], [b"x"], [b"a"]], pa.list_(pa.binary())),
    }
)
REASONS = {
    "age_FEATURE_TYPE_LOW_FRACTION_PRESENT": [2],
    "age_INT_TYPE_BIG_INT": [3],
    "age_INT_TYPE_SMALL_INT": [1],
    "kind_ENUM_TYPE_UNEXPECTED_STRING_VALUES": [1, 3],
    "size_FLOAT_TYPE_BIG_FLOAT": [1],
}


@pytest.fixture
def records(tmp_path):
    write_examples([ROWS.slice(0, 3), ROWS.slice(3)], str(tmp_path / "examples"), "train")
    return f"{tmp_path}/examples/Split-train/*"


def test_wrong_rows_of_tfrecords_are_described_by_reason(records, tmp_path):
    found = validate_examples_in_tfrecord(records, SCHEMA, output_path=str(tmp_path / "stats"))
    wrong = generate_statistics([ROWS.take(pa.array([1, 2, 3]))], schema=SCHEMA)
    assert (found.statistics.num_examples, found.statistics.features) == (3, wrong.features)
    assert {one.name: one.num_examples for one in found.statistics.slices} == {
        reason: len(rows) for reason, rows in REASONS.items()
    }
    kind = found.statistics.slice("kind_ENUM_TYPE_UNEXPECTED_STRING_VALUES")
    assert kind.features == generate_statistics([ROWS.take(pa.array([1, 3]))], schema=SCHEMA).features
    assert load_statistics(str(tmp_path / "stats")).num_examples == 3
    assert found.samples == {}


def test_rows_of_each_reason_are_sampled(records):
    samples = validate_examples_in_tfrecord(records, SCHEMA, num_sampled_examples=1).samples
    assert {reason: table.num_rows for reason, table in samples.items()} == dict.fromkeys(REASONS, 1)
    all_of_them = validate_examples_in_tfrecord(records, SCHEMA, num_sampled_examples=9).samples
    for reason, rows in REASONS.items():
        expected = pa.Table.from_batches([ROWS.take(pa.array(rows))]).to_pylist()
        assert sorted(all_of_them[reason].to_pylist(), key=str) == sorted(expected, key=str)


def test_no_row_is_favoured_by_samples(tmp_path):
    count = 400
    ages = np.arange(count) - count
    rows = pa.record_batch({"age": pa.array([[age] for age in ages], pa.list_(pa.int64()))})
    write_examples([rows.slice(first, 50) for first in range(0, count, 50)], str(tmp_path), "train")
    found = validate_examples_in_tfrecord(f"{tmp_path}/Split-train/*", SCHEMA, num_sampled_examples=40)
    sampled = np.array([values[0] for values in found.samples["age_INT_TYPE_SMALL_INT"]["age"].to_pylist()])
    assert len(set(sampled)) == 40
    assert abs(sampled.mean() - ages.mean()) < 4 * ages.std() / 40**0.5
    again = validate_examples_in_tfrecord(f"{tmp_path}/Split-train/*", SCHEMA, num_sampled_examples=40)
    assert found.samples["age_INT_TYPE_SMALL_INT"].equals(again.samples["age_INT_TYPE_SMALL_INT"])


def test_rows_that_fit_leave_nothing(tmp_path):
    write_examples([ROWS.slice(0, 1)], str(tmp_path), "train")
    found = validate_examples_in_tfrecord(f"{tmp_path}/Split-train/*", SCHEMA, num_sampled_examples=3)
    assert (found.statistics.num_examples, found.statistics.slices, found.samples) == (0, (), {})


def test_the_environment_is_minded(records):
    found = validate_examples_in_tfrecord(records, SCHEMA, environment="SERVING").statistics
    assert found.slice("size_SCHEMA_NEW_COLUMN").num_examples == 4
    with pytest.raises(ParameterError, match="environment"):
        validate_examples_in_tfrecord(records, SCHEMA, environment="SERVNIG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"stats_options": {"slices": [{"kind": None}]}}, "slices: rows are divided by what is wrong"),
        ({"stats_options": {"num_top_value": 1}}, "num_top_value"),
        ({"num_sampled_examples": -1}, "num_sampled_examples is -1"),
    ],
)
def test_what_makes_no_sense_is_refused(records, arguments, words):
    with pytest.raises(ParameterError, match=words):
        validate_examples_in_tfrecord(records, SCHEMA, **arguments)
    with pytest.raises(ParameterError, match="no file"):
        validate_examples_in_csv("/nowhere/*.csv", SCHEMA)


CSV = b"age,size,kind\n1,1,a\n-1,3.5,x\n,1,b\nseven,1,a\n5,,a\n 6,1.5,a\n0x8,1,a\n1.5,inf,a\n7,huge,a\n"
OF_CSV = {
    "age_INT_TYPE_SMALL_INT": 1,
    "age_FEATURE_TYPE_LOW_FRACTION_PRESENT": 1,
    "age_UNEXPECTED_DATA_TYPE": 3,
    "kind_ENUM_TYPE_UNEXPECTED_STRING_VALUES": 1,
    "size_FLOAT_TYPE_BIG_FLOAT": 2,
    "size_UNEXPECTED_DATA_TYPE": 1,
}


def test_cells_of_a_csv_are_judged_one_by_one(tmp_path):
    (tmp_path / "rows.csv").write_bytes(CSV)
    found = validate_examples_in_csv(f"{tmp_path}/*.csv", SCHEMA, num_sampled_examples=9)
    assert {one.name: one.num_examples for one in found.statistics.slices} == OF_CSV
    assert found.statistics.num_examples == 6
    assert set(found.samples["age_UNEXPECTED_DATA_TYPE"]["age"].to_pylist()) == {b"seven", b"1.5", b"0x8"}
    assert found.statistics.feature("age").type == "STRING"


def test_a_hexadecimal_cell_of_a_csv_is_no_integer_though_no_other_is_wrong(tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"age,size,kind\n1,1,a\n0x8,1,a\n")
    (reason,) = validate_examples_in_csv(f"{tmp_path}/rows.csv", SCHEMA).statistics.slices
    assert (reason.name, reason.num_examples) == ("age_UNEXPECTED_DATA_TYPE", 1)


def test_a_csv_whose_cells_all_fit_keeps_its_types(tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"-1;1;a\n5;2;x\n")
    names = ["age", "size", "kind"]
    found = validate_examples_in_csv(f"{tmp_path}/rows.csv", SCHEMA, names, ";").statistics
    assert {one.name: one.type for one in found.features} == {"age": "INT", "kind": "STRING", "size": "FLOAT"}
    assert (found.num_examples, len(found.slices)) == (2, 2)
    with pytest.raises(DataError, match=r"rows\.csv: cannot be read as CSV"):
        validate_examples_in_csv(f"{tmp_path}/rows.csv", SCHEMA, names[:2], ";")


def test_parts_hold_every_row_once():
    cells = [b"1", None, b"x", b"2", b"\xff", b"9" * 30]
    batch = pa.record_batch(
        {"age": pa.array(cells, pa.binary()), "size": pa.array([b"1", b"y", None, b"1", b"z", b"0"])}
    )
    parts = list(typed_parts(batch, SCHEMA))
    assert sorted(np.concatenate([rows for rows, _ in parts]).tolist()) == list(range(6))
    types = {row: (str(part["age"].type), str(part["size"].type)) for rows, part in parts for row in rows.tolist()}
    assert types == {
        0: ("int64", "double"), 1: ("int64", "binary"), 2: ("binary", "double"), 3: ("int64", "double"),
        4: ("binary", "binary"), 5: ("binary", "double"),
    }  # fmt: skip
    for rows, part in parts:
        assert part["age"].is_null().to_pylist() == [cells[row] is None for row in rows.tolist()]


OF_ROWS = Schema(
    features=(
        AGE,
        Feature(name="few", type="BYTES", unique_constraints=UniqueConstraints(min=2, max=5)),
        Feature(name="often", type="INT", presence=Presence(min_count=5)),
        Feature(name="gone", type="INT", presence=Presence(min_count=1)),
    ),
    dataset_constraints=DatasetConstraints(min_examples_count=10),
)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ([5], {}),
        ([-1], {"age": ["INT_TYPE_SMALL_INT"]}),
        ([-1, 100], {"age": ["INT_TYPE_SMALL_INT", "INT_TYPE_BIG_INT"]}),
        (["x"], {"age": ["INT_TYPE_NOT_INT_STRING", "UNEXPECTED_DATA_TYPE"]}),
        (None, {}),
    ],
)
def test_an_instance_is_judged_by_its_statistics(age, expected):
    row = pa.record_batch({"age": pa.array([age]), "few": pa.array([["y"]]), "often": pa.array([[1]])})
    found = validate_instance(row, OF_ROWS)
    told = {one.name: [reason.type for reason in one.reasons] for one in found.features if one.name != "gone"}
    assert {name: sorted(types) for name, types in told.items()} == {n: sorted(types) for n, types in expected.items()}
    assert [reason.type for one in found.features if one.name == "gone" for reason in one.reasons] == [
        "SCHEMA_MISSING_COLUMN"
    ]
    assert found.dataset is None


def test_an_instance_and_the_validator_say_the_same_of_values():
    for place in range(ROWS.num_rows):
        row = ROWS.slice(place, 1)
        judged = {reason.type for one in validate_instance(row, SCHEMA).features for reason in one.reasons}
        told = {one.type for one in validate_examples([row], SCHEMA).reasons}
        assert judged == told - {"FEATURE_TYPE_LOW_FRACTION_PRESENT"}


def test_an_instance_without_rows_or_in_an_unknown_environment():
    assert validate_instance(ROWS.slice(0, 0), SCHEMA).data_missing
    with pytest.raises(ParameterError, match="environment"):
        validate_instance(ROWS, SCHEMA, environment="X")
