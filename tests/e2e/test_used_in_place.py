"""Rows that another system has written, imported as docs/data.md says and used where they lie."""

import json
import re
import textwrap
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from argosy.data_validation import read_statistics

pytestmark = [pytest.mark.e2e, pytest.mark.beam]

GUIDE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
PIPELINE = """
import json
from kfp import dsl
from argosy.components import importer, statistics_gen

@dsl.pipeline(name="in-place")
def in_place() -> None:
{guide}
    theirs = dsl.importer(
        artifact_uri="s3://bucket/trips", artifact_class=dsl.Artifact, metadata={{"custom_split_pattern": patterns}}
    )
    statistics_gen(examples=theirs.output)
"""


def test_both_importers_hand_the_patterns_on(cli, tmp_path):
    data = tmp_path / "data"
    (data / "2026").mkdir(parents=True)
    for name, rows in (("2025-01", 3), ("2025-02", 4), ("2026/01", 2), ("2024", 9)):
        parquet.write_table(pa.table({"id": range(rows)}), data / f"{name}.parquet")
    (code,) = re.findall(r"```python\n(patterns = .*?)```", GUIDE, re.DOTALL)
    pipeline = PIPELINE.format(guide=textwrap.indent(code, "    ")).replace("s3://bucket/trips", str(data))
    (tmp_path / "pipeline.py").write_text(pipeline)

    done = cli("run", tmp_path / "pipeline.py", "--root", tmp_path / "root", "--json")
    assert done.returncode == 0, done.stderr
    tasks = json.loads(done.stdout)["tasks"]
    found = [task["outputs"]["statistics"]["uris"][0] for task in tasks if "statistics" in task["outputs"]]
    assert len(found) == 2
    for uri in found:
        assert sorted(path.name for path in Path(uri).iterdir()) == ["Split-eval", "Split-train"]
        assert [read_statistics(uri, split).num_examples for split in ("train", "eval")] == [7, 2]

    (tmp_path / "pipeline.py").write_text(pipeline.replace("2025-", "2027-"))
    failed = cli("run", tmp_path / "pipeline.py", "--root", tmp_path / "root")
    assert failed.returncode == 2
    assert "no file matches '2027-*.parquet', which is custom_split_pattern of split 'train'" in failed.stderr
