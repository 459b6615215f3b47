"""Every command of docs/kubeflow.md, on the pipeline that the page shows."""

import re
import shlex
from pathlib import Path

import pytest

from argosy.cli.main import main
from argosy.plan.check_kfp_size import MAX_ARGUMENT, MAX_PIPELINE

pytest.importorskip("kfp", reason="the kfp SDK is not installed")

CHECKOUT = Path(__file__).parents[2]
GUIDE = (CHECKOUT / "docs" / "kubeflow.md").read_text(encoding="utf-8")
(CODE,) = re.findall(r"^```python\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


def test_the_page_has_a_pipeline_and_commands() -> None:
    assert "@dsl.pipeline" in CODE
    assert {command.split()[1] for command in COMMANDS} == {"compile", "submit"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_works(command, kfp_server, object_store, tmp_path, monkeypatch) -> None:
    object_store.files["data/a.csv"] = object_store.files["penguins/penguins.csv"] = b"x,y\n1,2\n"
    monkeypatch.chdir(tmp_path)
    Path("sizes.py").write_text(CODE)
    Path("pipelines").symlink_to(CHECKOUT / "pipelines")
    program, *arguments = shlex.split(command.replace("http://localhost:8080", kfp_server.url))
    assert program == "argosy"
    assert main(arguments) == 0
    if arguments[0] == "compile":
        assert ("registry.example/team/schema-gen:0.1.0" in Path("sizes.yaml").read_text()) == ("--registry" in command)
    else:
        assert kfp_server.experiments[0]["display_name"] == ("trials" if "sizes.py" in command else "Default")
        assert len(kfp_server.bodies("/apis/v2beta1/runs")) == 1


def test_the_page_has_the_limits_as_they_are() -> None:
    assert f"{MAX_ARGUMENT:,} bytes" in GUIDE
    assert f"{MAX_PIPELINE:,}" in GUIDE
