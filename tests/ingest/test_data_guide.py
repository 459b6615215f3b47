"""What docs/data.md tells a person to give ExampleGen."""

import ast
import gzip
import json
import re
import zipfile
from pathlib import Path

import pytest

from argosy.artifacts import Examples, Output
from argosy.examples import read_examples
from argosy.ingest.config import wanted_span
from argosy.ingest.executor import example_gen

GUIDE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def run(folder, **parameters):
    output: Output[Examples] = Output(uri=str(folder), path=str(folder), name="examples")
    example_gen(output, **parameters)
    rows = [row for split in json.loads(output.metadata["num_examples"]) for row in rows_of(folder, split)]
    return output.metadata, sorted(rows, key=str)


def rows_of(folder, split):
    return [row for batch in read_examples(str(folder), split) for row in batch.to_pylist()]


@pytest.mark.beam
def test_the_first_example(tmp_path):
    code = re.findall(r"```python\n(example_gen\(.*?)```", GUIDE, re.DOTALL)[0]
    given = eval(code, {"example_gen": dict})
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    for day, fare in (("2026-11-21", "1"), ("2026-11-22", "2.5")):
        (bucket / f"day-{day}").mkdir()
        rows = f"fare;zip_code\n{fare};0123\n-;4567\n"
        (bucket / f"day-{day}" / "a.csv.gz").write_bytes(gzip.compress(rows.encode()))
    metadata, found = run(tmp_path / "out", **{**given, "input_base": str(bucket)})
    assert metadata["span"] == 20779
    assert found == [{"fare": None, "zip_code": [b"4567"]}, {"fare": [2.5], "zip_code": [b"0123"]}]


@pytest.mark.beam
def test_the_format_of_your_own(tmp_path):
    (code,) = re.findall(r"```python\n# images.py\n(.*?)```", GUIDE, re.DOTALL)
    given = eval(re.findall(r"```python\n(example_gen\(.*?)```", GUIDE, re.DOTALL)[1], {"example_gen": dict})
    (tmp_path / given["module_file"]).write_text(code)
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "a.zip", "w") as archive:
        for name, content in (("cat/1.png", b"\xff1"), ("dog/1.png", b"\xff2"), ("cat/notes.txt", b"")):
            archive.writestr(name, content)
    local = {"input_base": str(tmp_path / "in"), "module_file": str(tmp_path / given["module_file"])}
    _, rows = run(tmp_path / "out", **{**given, **local})
    assert rows == [{"image": [b"\xff1"], "label": [b"cat"]}, {"image": [b"\xff2"], "label": [b"dog"]}]


@pytest.mark.beam
@pytest.mark.parametrize(("name", "content"), [("a.tsv", "x\ty\n1\ta,b\n"), ("a.json", '{"x": 1, "y": "a,b"}\n')])
def test_what_a_suffix_says(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert run(tmp_path / "out", input_base=str(tmp_path / name))[1] == [{"x": [1], "y": [b"a,b"]}]


def test_the_ranges():
    ranges = [ast.literal_eval(text) for text in re.findall(r"`range_config=(\{.*?\}\})`", GUIDE)]
    static, rolling = (wanted_span(given) for given in ranges)
    assert (static.takes(6), static.takes(7), static.takes(8)) == (False, True, False)
    assert (rolling.takes(6), rolling.takes(7), rolling.takes(8)) == (False, True, True)
