"""Rows in are rows out: for every source and split layout, with several workers, and when one of them is killed."""

import collections
import importlib
import json
import os
import signal
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from argosy.artifacts import Examples, Output
from argosy.errors import InfrastructureError
from argosy.examples.read import read_examples
from argosy.ingest.executor import example_gen
from argosy.ingest.formats import FORMATS

pytestmark = pytest.mark.beam

FILES, ROWS = 5, 40
TWO_THREADS = ["--direct_num_workers=2", "--direct_running_mode=multi_threading"]
TWO_PROCESSES = ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]


def buckets(*numbers):
    return [{"name": f"s{index}", "hash_buckets": number} for index, number in enumerate(numbers)]


LAYOUTS: dict[str, dict[str, Any]] = {
    "by row": {},
    "many splits": {"output_config": {"split_config": {"splits": buckets(1, 2, 100_000, 1, 50_000)}}},
    "as Parquet": {"payload_format": "FORMAT_PARQUET"},
    "by row as TFX": {"output_config": {"split_config": {"splits": buckets(3, 2), "hash": "tfx"}}},
    "by a feature": {"output_config": {"split_config": {"splits": buckets(2, 1), "partition_feature_name": "group"}}},
    "input splits": {
        "input_config": {"splits": [{"name": "a", "pattern": "[01].*"}, {"name": "b", "pattern": "[!01].*"}]}
    },
    "overlapping input splits": {
        "input_config": {"splits": [{"name": "a", "pattern": "[012].*"}, {"name": "all", "pattern": "*"}]}
    },
}


SOURCES = (*FORMATS, "query")
QUERIES = {
    "[01].*": f"SELECT * FROM t WHERE id < {2 * ROWS}",
    "[!01].*": f"SELECT * FROM t WHERE id >= {2 * ROWS}",
    "[012].*": f"SELECT * FROM t WHERE id < {3 * ROWS}",
    "*": "SELECT * FROM t",
}
"""What selects the rows that the files of a pattern have."""


@pytest.fixture
def made(tmp_path, write_rows):
    """Makes the input, of files the last has no row. The ids of all rows, and the parameters that read them."""

    def make(source, layout):
        rows = [{"id": k, "group": f"g{k % 7}"} for k in range((FILES - 1) * ROWS)]
        if source == "query":
            given = {"connection": table_of(tmp_path / "a.db", rows), **asked(LAYOUTS[layout])}
        else:
            for number in range(FILES):
                write_rows(tmp_path / "in", str(number), source, rows[number * ROWS : (number + 1) * ROWS])
            given = {"input_base": str(tmp_path / "in"), **LAYOUTS[layout]}
        return range(len(rows)), given

    return make


def table_of(file, rows):
    connected = sqlite3.connect(file)
    connected.execute('CREATE TABLE t (id INT, "group" TEXT)')
    connected.executemany("INSERT INTO t VALUES (:id, :group)", rows)
    connected.commit()
    connected.close()
    return f"sqlite:///{file}"


def asked(layout):
    if "input_config" not in layout:
        return {"query": QUERIES["*"], **layout}
    splits = [{**split, "pattern": QUERIES[split["pattern"]]} for split in layout["input_config"]["splits"]]
    return {**layout, "input_config": {"splits": splits}}


def run(folder, **parameters):
    """(ids of each split, number of rows of each split as the step says)."""
    folder.mkdir(exist_ok=True)
    output: Output[Examples] = Output(uri=str(folder), path=str(folder), name="examples")
    example_gen(output, **parameters)
    said = json.loads(output.metadata["num_examples"])
    assert output.metadata["num_input_rows"] == sum(said.values())
    return {split: ids_of(folder, split) for split in said}, said


def ids_of(folder, split):
    batches = read_examples(str(folder), split, columns=["id"])
    return [value for batch in batches for value in batch.column("id").to_pylist() if value is not None]


def check(found, said, ids, layout):
    assert {split: len(values) for split, values in found.items()} == said
    read = collections.Counter(value for values in found.values() for (value,) in values)
    twice = {k for k in ids if k < 3 * ROWS} if layout == "overlapping input splits" else set()
    assert read == {k: 2 if k in twice else 1 for k in ids}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("source", SOURCES)
def test_two_threads_lose_no_row(tmp_path, made, source, layout):
    ids, given = made(source, layout)
    found, said = run(tmp_path / "out", **given, beam_pipeline_args=TWO_THREADS)
    check(found, said, ids, layout)
    assert len(said) == {"many splits": 5}.get(layout, 2)


@pytest.mark.parametrize(("source", "layout"), list(zip(SOURCES, LAYOUTS, strict=True)))
def test_one_worker_loses_no_row(tmp_path, made, source, layout):
    ids, given = made(source, layout)
    found, said = run(tmp_path / "out", **given)
    check(found, said, ids, layout)


@pytest.mark.parametrize(
    ("source", "layout"),
    [("csv", "overlapping input splits"), ("tfrecord", "by row as TFX"), ("query", "input splits")],
)
def test_two_processes_lose_no_row(tmp_path, made, source, layout):
    ids, given = made(source, layout)
    found, said = run(tmp_path / "out", **given, beam_pipeline_args=TWO_PROCESSES)
    check(found, said, ids, layout)
    # Each process has written a file of its own; the answer of a query is one file.
    if source != "query":
        assert any(len(list((tmp_path / "out" / f"Split-{split}").iterdir())) > 1 for split in said)


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        ("FORMAT_TF_EXAMPLE", "argosy.ingest.beam.deal"),
        ("FORMAT_TF_EXAMPLE", "argosy.examples.write.encode_examples"),
        ("FORMAT_PARQUET", "argosy.examples.parquet._joined"),
    ],
)
def test_a_row_that_gets_lost_on_the_way_fails_the_step(tmp_path, made, monkeypatch, payload, place):
    ids, given = made("csv", "by row")
    module, _, name = place.rpartition(".")
    whole = getattr(importlib.import_module(module), name)

    def lose_one(*args, **kwargs):
        found = whole(*args, **kwargs)
        if not isinstance(found, dict):
            return found.slice(1)
        split, rows = found.popitem()
        return {**found, split: rows.slice(1)}

    monkeypatch.setattr(place, lose_one)
    with pytest.raises(RuntimeError, match=f"row accounting: .* {len(ids)} rows read, .* written"):
        run(tmp_path / "out", **given, payload_format=payload)


def test_a_worker_that_is_killed_amid_a_bundle_fails_the_step_and_a_rerun_is_exact(tmp_path, write_rows):
    base, out = tmp_path / "in", tmp_path / "out"
    for number in range(8):
        rows = [{"id": number * 50_000 + k, "group": "x" * 50} for k in range(50_000)]
        write_rows(base, str(number), "csv", rows)
    killed: list[float] = []
    killer = threading.Thread(target=kill_the_writer, args=(out, killed))
    killer.start()
    with pytest.raises(InfrastructureError, match=r"worker process of the Beam pipeline has died .*run the step again"):
        run(out, input_base=str(base), beam_pipeline_args=TWO_PROCESSES)
    killer.join()
    assert time.monotonic() - killed[0] < 30
    # What is left is hidden and nothing is named: nobody can take it for a split.
    assert [file for file in out.rglob("*") if file.is_file() and not file.name.startswith(".")] == []
    assert not [thread for thread in threading.enumerate() if thread.name == "run_worker"]
    found, said = run(out, input_base=str(base))
    check(found, said, range(400_000), "by row")
    assert [file for file in out.rglob(".*") if file.is_file()] == []


def kill_the_writer(folder, killed):
    """Kills the process that first has a file of rows open below the folder."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        for process in Path("/proc").glob("[0-9]*"):
            if int(process.name) != os.getpid() and writes_below(process, folder):
                killed.append(time.monotonic())
                os.kill(int(process.name), signal.SIGKILL)
                return
        time.sleep(0.02)


def writes_below(process, folder):
    try:
        return any(str(link.readlink()).startswith(f"{folder}/") for link in (process / "fd").iterdir())
    except OSError:
        return False
