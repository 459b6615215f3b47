"""A format of the user's own in a pipeline: its code travels in the spec, and the cache knows it."""

import json

import pytest

from argosy.examples.read import read_examples

pytestmark = [pytest.mark.e2e, pytest.mark.beam]

PIPELINE = """
from kfp import dsl
from argosy.components import example_gen

@dsl.pipeline(name="own-format")
def own_format() -> None:
    example_gen(input_base="data", module_file="pairs.py", custom_config={"scale": 2})
"""
READER = """
def reader_fn(path, custom_config):
    for line in open(path):
        number, group = line.strip().split(":")
        yield {"id": int(number) * int(custom_config["scale"]), "group": group}
"""


def test_rows_are_those_of_the_function_and_an_edit_of_it_reruns(cli, tmp_path):
    folder = tmp_path / "own"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.pairs").write_text("".join(f"{k}:g\n" for k in range(30)))
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "pairs.py").write_text(READER)

    def run():
        done = cli("run", folder, "--root", tmp_path / "root", "--json")
        assert done.returncode == 0, done.stderr
        (found,) = json.loads(done.stdout)["tasks"]
        (uri,) = found["outputs"]["examples"]["uris"]
        rows = [row for split in ("train", "eval") for batch in read_examples(uri, split) for row in batch.to_pylist()]
        return found["cached"], found["reason"], sorted(row["id"][0] for row in rows)

    assert run() == (False, "first run", list(range(0, 60, 2)))
    assert run()[0]
    (folder / "pairs.py").write_text(READER.replace("int(number)", "(100 + int(number))"))
    assert run()[1:] == (
        "parameter module_file changed (file pairs.py was edited)",
        list(range(200, 260, 2)),
    )

    (folder / "data" / "b.pairs").write_text("1:g\n2\n")
    failed = cli("run", folder, "--root", tmp_path / "root")
    assert failed.returncode == 2
    assert "pairs.py, line 4, in reader_fn: reader_fn raised ValueError: not enough values to unpack" in failed.stderr
    assert "it had read 1 rows of file" in failed.stderr
