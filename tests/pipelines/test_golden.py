"""Each pipeline of the suite compiles to the file beside it, and that reads as a Plan."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.cli.compile import compile_pipeline
from argosy.plan import read_plan
from argosy.plan.spec import Dag
from argosy.plan.values import coerce

FOLDERS = sorted(file.parent for file in Path(__file__).parent.glob("*/pipeline.py"))


def compiled(folder: Path) -> list[dict[str, Any]]:
    documents = compile_pipeline(folder / "pipeline.py")
    documents[0].pop("sdkVersion")
    return documents


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_compiled_file_is_current(folder: Path) -> None:
    golden = folder / "pipeline.yaml"
    documents = compiled(folder)
    if os.environ.get("ARGOSY_GOLDEN"):
        golden.write_text(yaml.safe_dump_all(documents, sort_keys=False), encoding="utf-8")
    assert list(yaml.safe_load_all(golden.read_text(encoding="utf-8"))) == documents


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_expectations_fit_the_plan(folder: Path) -> None:
    plan = read_plan(folder / "pipeline.yaml")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, value in expected["arguments"].items():
        coerce(value, plan.root.parameters[name].type, name)
    for path in [*expected["tasks"], *filter(None, expected["outputs"])]:
        dag = plan.dag
        *groups, leaf = path.split("/")
        for group in groups:
            task = dag.tasks[group.split("[")[0]]
            assert ("[" in group) == (task.iterator is not None), path
            body = plan.components[task.component].body
            assert isinstance(body, Dag), path
            dag = body
        assert leaf.split("[")[0] in dag.tasks, path
