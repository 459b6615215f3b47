"""Distances and sizes that ExampleValidator measures, against what TFDV measures of the same statistics."""

import math
from typing import NamedTuple

import numpy as np
import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]

THRESHOLDS = {
    "infinity_norm": "infinity_norm { threshold: 0.1 }",
    "divergence": "jensen_shannon_divergence { threshold: 0.1 }",
    "quantiles": "jensen_shannon_divergence { threshold: 0.1 source { type: QUANTILES } }",
    "difference": "normalized_abs_difference { threshold: 0.1 }",
}
RANDOM = np.random.default_rng(7)
ROWS = 200


def drawn(*values):
    return [float(value) for value in np.concatenate(values)]


def texts(**counts):
    return "BYTES", [value.encode() for value, count in counts.items() for _ in range(count)]


COLUMNS = {
    "equal": (texts(a=100, b=100), texts(a=100, b=100)),
    "shifted": (texts(a=150, b=50), texts(a=100, b=100)),
    "other": (texts(a=200), texts(b=200)),
    "smaller": (texts(a=60, b=140), texts(a=20, b=20)),
    "normal": (("FLOAT", drawn(RANDOM.normal(0, 1, ROWS))), ("FLOAT", drawn(RANDOM.normal(0.1, 1, ROWS)))),
    "moved": (("FLOAT", drawn(RANDOM.normal(0, 1, ROWS))), ("FLOAT", drawn(RANDOM.normal(3, 1, ROWS)))),
    "constant": (("FLOAT", [1.0] * ROWS), ("FLOAT", [1.0] * ROWS)),
    "points": (("INT", [1, 2] * 100), ("INT", [1, 2, 2, 2] * 50)),
    "nan": (("FLOAT", [math.nan, 1.0] * 100), ("FLOAT", [math.nan, 1.0] * 100)),
    "outlier": (("FLOAT", drawn(RANDOM.normal(0, 1, ROWS - 1), [1e8])), ("FLOAT", drawn(RANDOM.normal(0, 1, ROWS)))),
    "gone": (texts(a=200), None),
    "emptied": (texts(a=200), ("BYTES", [None] * ROWS)),
    "retyped": (texts(a=200), ("FLOAT", [1.0] * ROWS)),
}  # fmt: skip
"""By feature, its column here and in the control."""


class Difference(NamedTuple):
    """A feature and threshold of which we say something else than TFDV, and why."""

    ours: list[str]
    theirs: list[str]
    why: str


NUMBERS = ("normal", "moved", "constant", "points", "nan", "outlier")
OF_CATEGORIES = Difference(
    ["INVALID_SCHEMA_SPECIFICATION"], [], "Numbers have no shares of values: TFDV measures 0, whatever they are."
)
EMPTIED = "A column without a value is no control, as one that is not there."
DIFFERENCES = {
    **{f"{name}_{kind}": OF_CATEGORIES for name in NUMBERS for kind in ("infinity_norm", "difference")},
    **{
        f"emptied_{kind}": Difference(["COMPARATOR_CONTROL_DATA_MISSING"], [f"COMPARATOR_{high}_HIGH"], EMPTIED)
        for kind, high in (("infinity_norm", "L_INFTY"), ("difference", "NORMALIZED_ABSOLUTE_DIFFERENCE"))
    },
    **{
        f"emptied_{kind}": Difference(["COMPARATOR_CONTROL_DATA_MISSING"], [], "TFDV only logs that it cannot compare.")
        for kind in ("divergence", "quantiles")
    },
    **{
        f"retyped_{kind}": Difference(["STATS_NOT_AVAILABLE"], [], "TFDV only logs that it cannot compare.")
        for kind in ("divergence", "quantiles")
    },
    **{
        f"retyped_{kind}": Difference(
            ["STATS_NOT_AVAILABLE"], [f"COMPARATOR_{high}_HIGH"], "TFDV takes numbers for no values at all."
        )
        for kind, high in (("infinity_norm", "L_INFTY"), ("difference", "NORMALIZED_ABSOLUTE_DIFFERENCE"))
    },
}

SIZES = {
    "few": (10, 20, "num_examples_drift_comparator { min_fraction_threshold: 0.6 }"),
    "many": (20, 10, "num_examples_drift_comparator { max_fraction_threshold: 1.5 }"),
    "none_before": (20, 0, "num_examples_drift_comparator { max_fraction_threshold: 1.5 }"),
    "enough": (10, 20, "num_examples_drift_comparator { min_fraction_threshold: 0.5 max_fraction_threshold: 2 }"),
    "least": (10, None, "min_examples_count: 11"),
    "both": (10, None, "min_examples_count: 1 max_examples_count: 9"),
}
"""Rows here, rows before, what the schema says."""


@pytest.fixture(scope="module")
def judged(rows_of, tmp_path_factory):
    """Validates rows in memory: (columns, control's columns, schema text) -> a case to ask the peer about."""
    from argosy.data_validation import generate_statistics, validate_statistics, write_anomalies, write_statistics
    from argosy.schema import read_schema

    def judge(columns, control, schema):
        folder = tmp_path_factory.mktemp("case")
        (folder / "schema.pbtxt").write_text(schema)
        current = generate_statistics([rows_of(columns)])
        previous = None if control is None else generate_statistics([rows_of(control)])
        write_statistics(current, str(folder / "FeatureStats.pb"))
        if previous is not None:
            write_statistics(previous, str(folder / "previous.pb"))
        found = validate_statistics(
            current, read_schema(str(folder)), previous_statistics=previous, serving_statistics=previous
        )
        write_anomalies(found, str(folder / "SchemaDiff.pb"))
        other = "" if previous is None else str(folder / "previous.pb")
        return {
            "statistics": str(folder / "FeatureStats.pb"),
            "schema": str(folder / "schema.pbtxt"),
            "previous": other,
            "serving": other,
            "ours": str(folder / "SchemaDiff.pb"),
        }

    return judge


@pytest.fixture(scope="module")
def answers(peer, judged):
    """{what is asked: (our anomalies as TFDV loads them, TFDV's)}."""
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    features, current, control = [], {}, {}
    for name, (here, there) in COLUMNS.items():
        for kind, threshold in THRESHOLDS.items():
            feature = f"{name}_{kind}"
            features.append(
                f'feature {{ name: "{feature}" type: {here[0]} drift_comparator {{ {threshold} }} '
                f"skew_comparator {{ {threshold} }} }}"
            )
            current[feature] = here
            if there is not None:
                control[feature] = there
    cases = {"distances": judged(padded(current), padded(control), "\n".join(features))}
    for name, (rows, before, constraint) in SIZES.items():
        column, other = ({"x": ("INT", [1] * count)} if count else {} for count in (rows, before or 0))
        schema = f'feature {{ name: "x" type: INT }} dataset_constraints {{ {constraint} }}'
        cases[name] = judged(column, None if before is None else other, schema)
    asked = peer("find_anomalies", cases=cases)
    return {
        name: tuple(text_format.Parse(sides[side], anomalies_pb2.Anomalies()) for side in ("ours", "theirs"))
        for name, sides in asked.items()
    }


def padded(columns):
    """The columns with one number of rows: those that have fewer lack the feature in the others."""
    return {name: (kind, values + [None] * (ROWS - len(values))) for name, (kind, values) in columns.items()}


def types(info):
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    return sorted({anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in info.reason})


def measured(anomalies, path):
    return {
        (against, one.type): (one.value, one.threshold)
        for info in anomalies.drift_skew_info
        if list(info.path.step) == [path]
        for against, several in (("drift", info.drift_measurements), ("skew", info.skew_measurements))
        for one in several
    }


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("kind", THRESHOLDS)
def test_a_distance_is_tfdvs(answers, name, kind):
    ours, theirs = answers["distances"]
    feature = f"{name}_{kind}"
    found = tuple(types(side.anomaly_info[feature]) if feature in side.anomaly_info else [] for side in (ours, theirs))
    difference = DIFFERENCES.get(feature)
    assert found == ((difference.ours, difference.theirs) if difference else (found[1], found[1]))
    if difference is None:
        here, there = (measured(side, feature) for side in (ours, theirs))
        assert here.keys() == there.keys()
        for key, (value, threshold) in there.items():
            assert here[key] == (pytest.approx(value, abs=1e-6), pytest.approx(threshold))


@pytest.mark.parametrize("name", SIZES)
def test_a_number_of_rows_is_judged_as_by_tfdv(answers, name):
    ours, theirs = answers[name]
    assert types(ours.dataset_anomaly_info) == types(theirs.dataset_anomaly_info)
    assert bool(types(ours.dataset_anomaly_info)) is (name != "enough")
    assert ours.dataset_anomaly_info.severity == theirs.dataset_anomaly_info.severity
