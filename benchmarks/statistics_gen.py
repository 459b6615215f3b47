"""Statistics against TFDV's, of the same rows on the same machine, in turns: CPU seconds without imports.

    python benchmarks/statistics_gen.py [--rows 1500000] [--turns 2] [--only TFRecord] [--tenfold]

With them: the memory of ten times as many rows (`--tenfold`), the component start to finish on 150 rows, and what a
Validator takes for a row. The rows are the flights out of New York in 2013, repeated; ARGOSY_BENCH_CSV names their
CSV file. TFDV runs in the interpreter that ARGOSY_BENCH_TFX_PYTHON names (tests/peer/requirements.txt says what it
holds).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from argosy.examples import write_examples
from argosy.examples.layout import shard_name

MEASURED = """
import json, pathlib, sys, time
files = json.loads(sys.argv[1])
{imports}
wall, cpu = time.perf_counter(), time.process_time()
{call}
figures = [time.perf_counter() - wall, time.process_time() - cpu]
# Not ru_maxrss, which a process takes over from the one that started it.
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print(json.dumps([*figures, int(status["VmHWM"].split()[0]) / 1024]))
"""

OURS = """
import glob, tempfile
import pyarrow.parquet as pq
from argosy.data_validation import generate_statistics, generate_statistics_from_csv, parse_options
from argosy.data_validation.beam import write_split_statistics
from argosy.data_validation.statistics.generate import dataset_accumulator
THREE = [{"origin": None}]
TEN = [*THREE, {"hour": [5, 6, 7, 8, 9, 10, 11]}]
def component(**options):
    accumulator = dataset_accumulator(options=parse_options(options))
    write_split_statistics(files["examples"], ["train"], tempfile.mkdtemp(), accumulator=accumulator)
def parquet(**options):
    opened = map(pq.ParquetFile, glob.glob(files["parquet"]))
    batches = (batch for file in opened for batch in file.iter_batches(50_000, use_threads=False))
    generate_statistics(batches, options=parse_options(options))
"""

JUDGED = """
import itertools
import pyarrow.parquet as pq
from argosy.data_validation import Validator, generate_statistics, infer_schema
from argosy.examples import encode_examples, read_examples
whole = (batch for batch in read_examples(files["examples"], "train", batch_size=1_000) if batch.num_rows == 1_000)
rows = (list(itertools.islice(whole, 50)) * 50)[:50]
validator = Validator(infer_schema(generate_statistics(rows)))
records = [encode_examples(batch) for batch in rows]
few = [batch.slice(0, 100).to_pylist() for batch in rows]
for kind in (rows[0], records[0], few[0]):
    validator.check(kind)
"""
"""What is made before the clock runs: batches of 1,000 rows, and of 100 as dictionaries."""

THEIRS = """
import tensorflow_data_validation as tfdv
from apache_beam.options.pipeline_options import PipelineOptions
runner = PipelineOptions(["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"])
"""

OUR_CALLS = {
    "TFRecord": "component()",
    "TFRecord, 3 slices": "component(slices=THREE)",
    "TFRecord, 10 slices": "component(slices=TEN)",
    "TFRecord, weighted": "component(weight_feature='distance')",
    "Parquet": "parquet()",
    "Parquet, 10 slices": "parquet(slices=TEN)",
    "CSV": "generate_statistics_from_csv(files['csv'])",
}

JUDGED_CALLS = {
    "batches": "found = [validator.check(batch).is_clean for batch in rows]; count = 50_000",
    "serialized tf.Examples": "found = [validator.check(batch).is_clean for batch in records]; count = 50_000",
    "dictionaries": "found = [validator.check(batch).is_clean for batch in few]; count = 5_000",
}
"""What a Validator judges, and how many rows."""

THEIR_CALLS = {
    "TFDV, TFRecord": "tfdv.generate_statistics_from_tfrecord(files['tfrecord'], pipeline_options=runner)",
    "TFDV, CSV": "tfdv.generate_statistics_from_csv(files['csv'], pipeline_options=runner)",
    "TFDV, pandas": "import pandas; tfdv.generate_statistics_from_dataframe(pandas.read_csv(files['csv']), n_jobs=1)",
}

RATIOS = (
    ("TFDV, TFRecord", "TFRecord", "at least 9"),
    ("TFDV, TFRecord", "Parquet", "at least 35"),
    ("TFDV, CSV", "CSV", "at least 30"),
    ("TFDV, pandas", "CSV", "at least 2"),
    ("TFRecord, 3 slices", "TFRecord", "at most 3"),
    ("TFRecord, 10 slices", "TFRecord", "at most 3"),
    ("Parquet, 10 slices", "Parquet", "at most 3"),
)
"""(dividend, divisor, goal) of CPU seconds."""

MEGABYTES = 700


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--only", nargs="+", metavar="CALL", choices=OUR_CALLS, default=list(OUR_CALLS))
    parser.add_argument("--tenfold", action="store_true", help="measure the memory of ten times as many rows, too")
    arguments = parser.parse_args()
    source, peer = os.environ.get("ARGOSY_BENCH_CSV"), os.environ.get("ARGOSY_BENCH_TFX_PYTHON")
    if not source:
        print("statistics: not measured: ARGOSY_BENCH_CSV names no CSV file of flights")
        return
    if not peer:
        print("statistics: TFDV is not measured: ARGOSY_BENCH_TFX_PYTHON names no interpreter with it")
    with tempfile.TemporaryDirectory() as folder:
        files = write_rows(Path(folder), source, arguments.rows)
        found: dict[str, list[float]] = {}
        for _ in range(arguments.turns):
            for name in arguments.only:
                keep_best(found, name, measured(sys.executable, OURS, OUR_CALLS[name], files))
            for name, call in THEIR_CALLS.items() if peer else ():
                keep_best(found, name, measured(str(peer), THEIRS, call, files))
        many = tenfold(Path(folder), files) if arguments.tenfold else {}
        larger = {name: measured(sys.executable, OURS, OUR_CALLS[name], many) for name in arguments.only if many}
        judged = {name: per_row(call, files) for name, call in JUDGED_CALLS.items()}
        few = write_rows(Path(folder) / "few", source, 150)
        seconds = min(start_to_finish(Path(folder) / f"run{turn}", few) for turn in range(arguments.turns))
    print(f"statistics of {arguments.rows} rows x 19 columns, CPU seconds, best of {arguments.turns}")
    for dividend, divisor, goal in RATIOS:
        if dividend in found and divisor in found:
            print(f"  {dividend} / {divisor}: {found[dividend][1] / found[divisor][1]:.1f}  (goal: {goal})")
    for name, (wall, cpu, memory) in found.items():
        limit = f"  (goal: under {MEGABYTES} MB)" if name in OUR_CALLS else ""
        print(f"  {name:<22} {wall:7.2f} s wall {cpu:7.2f} CPU-s {memory:7.0f} MB{limit}")
    for name, (_, cpu, memory) in larger.items():
        share = memory / found[name][2] - 1
        print(
            f"  {name}, {10 * arguments.rows} rows: {cpu:.2f} CPU-s {memory:.0f} MB, {share:+.0%}  (goal: within 20%)"
        )
    print(f"  component on 150 rows, start to finish: {seconds:.2f} s wall  (goal: under 4)")
    for name, microseconds in judged.items():
        print(f"  Validator on {name}: {microseconds:.1f} us of CPU a row  (goal: under 50)")


def tenfold(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Returns files of ten times the rows: each of them under ten names."""
    (folder / "tenfold" / "Split-train").mkdir(parents=True)
    (shard,) = Path(files["examples"], "Split-train").iterdir()
    for index in range(10):
        os.link(shard, folder / "tenfold" / "Split-train" / shard_name(index, 10))
        for kind in ("csv", "parquet"):
            os.link(files[kind], folder / "tenfold" / f"{index}.{kind}")
    patterns = {kind: str(folder / "tenfold" / f"*.{kind}") for kind in ("csv", "parquet")}
    return {"examples": str(folder / "tenfold"), **patterns}


def per_row(call: str, files: Mapping[str, str]) -> float:
    """Returns the microseconds of CPU that judging a row takes."""
    count = int(call.rpartition("= ")[2])
    return measured(sys.executable, OURS + JUDGED, call, files)[1] / count * 1e6


def start_to_finish(folder: Path, files: Mapping[str, str]) -> float:
    """Returns the wall seconds of StatisticsGen as a process of its own."""

    def artifact(name: str, title: str, uri: str = "") -> dict[str, Any]:
        return {"artifacts": [{"name": name, "type": {"schemaTitle": title}, "uri": uri or str(folder / name)}]}

    outputs = (("statistics", "system.ArgosyExampleStatistics"), ("report", "system.HTML"))
    given = {
        "inputs": {"artifacts": {"examples": artifact("examples", "system.ArgosyExamples", files["examples"])}},
        "outputs": {
            "artifacts": {name: artifact(name, title) for name, title in outputs},
            "outputFile": str(folder / "executor_output.json"),
        },
    }
    command = [sys.executable, "-m", "argosy.run", "--component", "statistics_gen", "--interface", "1"]
    start = time.perf_counter()
    subprocess.run([*command, "--executor_input", json.dumps(given)], check=True, capture_output=True)
    return time.perf_counter() - start


def keep_best(found: dict[str, list[float]], name: str, figures: list[float]) -> None:
    found[name] = [min(pair) for pair in zip(found.get(name, figures), figures, strict=True)]


def measured(interpreter: str, imports: str, call: str, files: Mapping[str, str]) -> list[float]:
    """Returns wall seconds, CPU seconds and megabytes of a call in a process of its own."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    if interpreter != sys.executable:
        environment.pop("PYTHONPATH", None)
    command = [interpreter, "-c", MEASURED.format(imports=imports, call=call), json.dumps(files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def write_rows(folder: Path, source: str, rows: int) -> dict[str, str]:
    """Returns the files of the rows: CSV, Parquet, and TFRecord as an Examples artifact and as a pattern."""
    text = csv.ConvertOptions(column_types={"time_hour": pa.string()}, null_values=["", "NA"], strings_can_be_null=True)
    folder.mkdir(exist_ok=True)
    table = csv.read_csv(source, convert_options=text)
    table = pa.concat_tables([table] * (rows // table.num_rows + 1)).slice(0, rows)
    csv.write_csv(table, folder / "flights.csv")
    columns = {
        name: narrowed(column.combine_chunks()) for name, column in zip(table.column_names, table.columns, strict=True)
    }
    pq.write_table(pa.table(columns), folder / "flights.parquet", row_group_size=100_000)
    write_examples(listed(pa.table(columns)), str(folder / "examples"), "train")
    return {
        "csv": str(folder / "flights.csv"),
        "parquet": str(folder / "flights.parquet"),
        "examples": str(folder / "examples"),
        "tfrecord": str(folder / "examples" / "Split-train" / "*"),
    }


def narrowed(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):
        return column.cast(pa.float32())
    return column.cast(pa.binary()) if pa.types.is_string(column.type) else column


def listed(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yields the rows as Examples hold them: each value a list of one."""
    for batch in table.to_batches(10_000):
        lists = {}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            ends = pc.cumulative_sum(pc.cast(column.is_valid(), pa.int32()))
            offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
            lists[name] = pa.ListArray.from_arrays(offsets, column.drop_null(), mask=column.is_null())
        yield pa.record_batch(lists)


if __name__ == "__main__":
    main()
