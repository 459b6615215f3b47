"""One source of generators of one's own, run by TFDV and, with other imports, by us."""

import numpy as np
import pytest

from argosy.data_validation import (
    CombinerFeatureStatsGenerator,
    CombinerStatsGenerator,
    generate_statistics_from_tfrecord,
)
from argosy.data_validation.statistics.convert import from_text

pytestmark = [pytest.mark.peer, pytest.mark.beam]

SOURCE = """
import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import path_pb2, statistics_pb2


class Longest(CombinerFeatureStatsGenerator):
    def __init__(self, schema=None):
        super(Longest, self).__init__("longest", schema)

    def create_accumulator(self):
        return {"lengths": [], "rows": 0}

    def add_input(self, accumulator, feature_path, feature_array):
        accumulator["rows"] += len(feature_array)
        if not pa.types.is_null(feature_array.type):
            accumulator["lengths"] += [len(row) for row in feature_array.to_pylist() if row is not None]
        return accumulator

    def merge_accumulators(self, accumulators):
        result = self.create_accumulator()
        for accumulator in accumulators:
            result["lengths"] += accumulator["lengths"]
            result["rows"] += accumulator["rows"]
        return result

    def compact(self, accumulator):
        accumulator["lengths"] = [max(accumulator["lengths"], default=0)]
        return accumulator

    def extract_output(self, accumulator):
        result = statistics_pb2.FeatureNameStatistics()
        result.custom_stats.add(name="longest", num=max(accumulator["lengths"], default=0))
        result.custom_stats.add(name="rows", str=str(accumulator["rows"]))
        return result


class Both(CombinerStatsGenerator):
    def __init__(self):
        super().__init__("both")

    def setup(self):
        self.names = ("n", "t")

    def create_accumulator(self):
        return 0

    def add_input(self, accumulator, input_record_batch):
        there = [
            np.asarray(input_record_batch.column(input_record_batch.schema.get_field_index(name)).is_valid())
            for name in self.names
        ]
        return accumulator + int(np.logical_and(*there).sum())

    def merge_accumulators(self, accumulators):
        return sum(accumulators)

    def extract_output(self, accumulator):
        result = statistics_pb2.DatasetFeatureStatistics()
        for name in self.names:
            feature = result.features.add(path=path_pb2.Path(step=[name]))
            feature.custom_stats.add(name="both", num=accumulator)
        return result


GENERATORS = [Longest(), Both()]
"""


@pytest.mark.parametrize("more", [{}, {"add_default_generators": False}])
def test_generators_say_here_what_they_say_in_tfdv(peer, rows_of, written, more):
    random = np.random.default_rng(3)
    columns = {
        "n": ("INT", [None if i % 7 == 0 else random.integers(9, size=i % 4).tolist() for i in range(2500)]),
        "t": ("BYTES", [None if i % 5 == 0 else [b"word"] * (i % 3) for i in range(2500)]),
        "place": ("BYTES", [b"p%d" % (i % 3) for i in range(2500)]),
    }
    examples, _ = written(rows_of(columns))
    files = f"{examples}/Split-train/*"
    options = {"slicing_config": {"slicing_specs": [{"feature_keys": ["place"]}]}, **more}
    module = {
        "CombinerStatsGenerator": CombinerStatsGenerator,
        "CombinerFeatureStatsGenerator": CombinerFeatureStatsGenerator,
    }
    exec(SOURCE, module)
    ours = generate_statistics_from_tfrecord(files, stats_options={"generators": module["GENERATORS"], **options})
    theirs = {one.name: one for one in from_text(peer("own_statistics", files=files, source=SOURCE, options=options))}
    assert len(theirs) == 4
    for name, expected in theirs.items():
        assert custom(ours.slice(name)) == custom(expected)


def custom(statistics):
    """By feature and name the values of custom statistics."""
    return {feature.name: {one.name: one.value for one in feature.custom_stats} for feature in statistics.features}
