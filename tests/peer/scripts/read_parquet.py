"""Parquet rows as TFX reads them, and TFDV's count of what they lack: {files} -> {rows, num_examples, missing}."""

import json
import sys
import tempfile
from pathlib import Path

import apache_beam as beam
import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from apache_beam.options.pipeline_options import PipelineOptions
from tfx_bsl.tfxio import parquet_tfxio  # type: ignore[import-not-found]

request = json.loads(sys.argv[1])


def plain(values):
    if values is None:
        return None
    return [value.decode("latin-1") if isinstance(value, bytes) else value for value in values]


def write_rows(batch, folder):
    rows = [{name: plain(values) for name, values in row.items()} for row in batch.to_pylist()]
    (Path(folder) / "rows").write_text(json.dumps(rows))


def write_counts(statistics, folder):
    (dataset,) = statistics.datasets
    common = {f.path.step[0]: getattr(f, f.WhichOneof("stats")).common_stats for f in dataset.features}
    missing = {name: found.num_missing for name, found in common.items()}
    (Path(folder) / "counts").write_text(json.dumps([dataset.num_examples, missing]))


with tempfile.TemporaryDirectory() as folder:
    options = PipelineOptions(runner="FnApiRunner", direct_running_mode="in_memory")
    with beam.Pipeline(options=options) as pipeline:
        source = parquet_tfxio.ParquetTFXIO(request["files"], telemetry_descriptors=["peer"])
        batches = pipeline | source.BeamSource(100)
        _ = batches | "Rows" >> beam.Map(write_rows, folder)
        _ = batches | tfdv.GenerateStatistics() | "Counts" >> beam.Map(write_counts, folder)
    rows, (count, missing) = (json.loads((Path(folder) / name).read_text()) for name in ("rows", "counts"))
print(json.dumps({"rows": rows, "num_examples": count, "missing": missing}))
