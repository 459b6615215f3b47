import json

import pyarrow as pa
import pytest

from argosy.artifacts import HTML, Examples, ExampleStatistics, Input, Output
from argosy.data_validation import read_slices
from argosy.data_validation.statistics_step import statistics_gen
from argosy.errors import DataError, ParameterError
from argosy.examples import write_examples

pytestmark = pytest.mark.beam


@pytest.fixture
def step(tmp_path):
    """Runs the step on two splits with the given options; gives its output."""
    rows = {"x": pa.array([[1], [2]], pa.list_(pa.int64())), "place": pa.array([[b"a"], [b"b"]], pa.list_(pa.binary()))}
    for split in ("train", "eval"):
        write_examples([pa.record_batch(rows)], str(tmp_path / "examples"), split)
    (tmp_path / "statistics").mkdir()
    output = Output[ExampleStatistics](uri="", path=str(tmp_path / "statistics"))

    def run(**options):
        statistics_gen(
            Input[Examples](uri="", path=str(tmp_path / "examples")),
            output,
            Output[HTML](uri="", path=str(tmp_path / "report.html")),
            stats_options=options,
        )
        return output

    return run


def test_slices_and_samples_by_split(step):
    made = step(slices=[{"place": None}], sample_rate_by_split={"eval": 1.0})
    assert list(read_slices(made.path, "eval")) == ["All Examples", "place_a", "place_b"]
    assert json.loads(made.metadata["sample_rate_by_split"]) == {"eval": 1.0}
    assert json.loads(made.metadata["num_examples"]) == {"train": 2, "eval": 2}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_rate_by_split": {"evla": 0.5}}, "sample_rate_by_split names no split 'evla'; did you mean 'eval'"),
        ({"feature_allowlist": ["x", "y"]}, "feature_allowlist: no row has feature 'y'"),
        ({"num_top_value": 1}, "did you mean 'num_top_values'"),
        ({"generators": ["mine"]}, "generators are objects, which cannot travel in a pipeline"),
        ({"add_default_generators": False}, "generators are objects, which cannot travel in a pipeline"),
    ],
)
def test_what_is_not_there_is_refused_by_name(step, options, message):
    with pytest.raises(ParameterError, match=message):
        step(**options)


def test_an_error_in_a_worker_arrives_as_itself(step):
    with pytest.raises(DataError, match="weight feature 'y' is not in the rows"):
        step(weight_feature="y")
