"""Rows in are rows out: for every source and split layout, with several workers, and when one of them is killed."""

import collections
import importlib
import json
import os
import signal
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


@pytest.fixture
def made(tmp_path, write_rows):
    """Makes the input: files of a format, of which the last one has no row. The ids of all of them."""

    def make(name):
        for number in range(FILES):
            rows = [{"id": number * ROWS + k, "group": f"g{k % 7}"} for k in range(ROWS if number < FILES - 1 else 0)]
            write_rows(tmp_path / "in", str(number), name, rows)
        return range((FILES - 1) * ROWS)

    return make


def run(folder, base, **parameters):
    """(ids of each split, number of rows of each split as the step says)."""
    folder.mkdir(exist_ok=True)
    output: Output[Examples] = Output(uri=str(folder), path=str(folder), name="examples")
    example_gen(output, input_base=str(base), **parameters)
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
@pytest.mark.parametrize("name", FORMATS)
def test_rows_in_are_rows_out(tmp_path, made, name, layout):
    ids = made(name)
    found, said = run(tmp_path / "out", tmp_path / "in", **LAYOUTS[layout])
    check(found, said, ids, layout)
    assert len(said) == {"many splits": 5}.get(layout, 2)


@pytest.mark.parametrize("layout", ["by row"])
@pytest.mark.parametrize("name", FORMATS)
def test_two_threads_lose_no_row(tmp_path, made, name, layout):
    ids = made(name)
    found, said = run(tmp_path / "out", tmp_path / "in", **LAYOUTS[layout], beam_pipeline_args=TWO_THREADS)
    check(found, said, ids, layout)


@pytest.mark.parametrize(("name", "layout"), [("csv", "by row"), ("tfrecord", "by row as TFX")])
def test_two_processes_lose_no_row(tmp_path, made, name, layout):
    ids = made(name)
    found, said = run(tmp_path / "out", tmp_path / "in", **LAYOUTS[layout], beam_pipeline_args=TWO_PROCESSES)
    check(found, said, ids, layout)
    # Each process has written a file of its own.
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
    ids = made("csv")
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
        run(tmp_path / "out", tmp_path / "in", payload_format=payload)


def test_a_worker_that_is_killed_amid_a_bundle_fails_the_step_and_a_rerun_is_exact(tmp_path, write_rows):
    base, out = tmp_path / "in", tmp_path / "out"
    for number in range(8):
        rows = [{"id": number * 50_000 + k, "group": "x" * 50} for k in range(50_000)]
        write_rows(base, str(number), "csv", rows)
    killed: list[float] = []
    killer = threading.Thread(target=kill_the_writer, args=(out, killed))
    killer.start()
    with pytest.raises(InfrastructureError, match=r"worker process of the Beam pipeline has died .*run the step again"):
        run(out, base, beam_pipeline_args=TWO_PROCESSES)
    killer.join()
    assert time.monotonic() - killed[0] < 30
    # What is left is hidden and nothing is named: nobody can take it for a split.
    assert [file for file in out.rglob("*") if file.is_file() and not file.name.startswith(".")] == []
    assert not [thread for thread in threading.enumerate() if thread.name == "run_worker"]
    found, said = run(out, base)
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
