"""Tasks as their pods are told them, run in this process or as the command that a pod runs."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

MakeSpec = Callable[..., str]
RunPod = Callable[..., "Pod"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod that has ended."""

    exit_code: int
    log: str
    folder: Path

    @property
    def cause(self) -> str:
        return self.log.strip().splitlines()[-1]

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "outputs" / "argosy-report").read_text(encoding="ascii")))

    def text(self, output: str) -> str:
        """What Argo would hand on of an output; None is its default for a file that is not there."""
        file = self.folder / "outputs" / output
        return file.read_text(encoding="ascii") if file.exists() else "null"

    def value(self, output: str) -> Any:
        return json.loads(self.text(output))


def make(
    script: str = "",
    *,
    parameters: Mapping[str, str] = {},
    reads: Mapping[str, str] = {},
    writes: Mapping[str, str] = {},
    values: Mapping[str, str] = {},
    component: Mapping[str, Any] = {},
    executor: Mapping[str, Any] = {},
    **more: Any,
) -> str:
    """The spec of a component whose executor is a shell script, in which `<x>` is the path of x, or its value."""
    for one in reads:
        script = script.replace(f"<{one}>", f"{{{{$.inputs.artifacts['{one}'].path}}}}")
    for one in writes:
        script = script.replace(f"<{one}>", f"{{{{$.outputs.artifacts['{one}'].path}}}}")
    for one in values:
        script = script.replace(f"<{one}>", f"{{{{$.outputs.parameters['{one}'].output_file}}}}")
    for one in parameters:
        script = script.replace(f"<{one}>", f"{{{{$.inputs.parameters['{one}']}}}}")

    def types(of: Mapping[str, str]) -> dict[str, Any]:
        return {name: {"artifactType": {"schemaTitle": title, "schemaVersion": "0.0.1"}} for name, title in of.items()}

    declared = {
        "inputDefinitions": {
            "parameters": {name: {"parameterType": kind, "isOptional": True} for name, kind in parameters.items()},
            "artifacts": types(reads),
        },
        "outputDefinitions": {
            "parameters": {name: {"parameterType": kind} for name, kind in values.items()},
            "artifacts": types(writes),
        },
        **component,
    }
    container = {"container": {"image": "argosy/test:1", "command": ["sh", "-ec", script]}}
    document = {
        "pipeline": "test",
        "name": "comp-step",
        "component": declared,
        "executor": executor or container,
        "cache": True,
        **more,
    }
    return json.dumps(document).replace("{{", "\\u007b\\u007b")


@pytest.fixture
def run_pod(tmp_path: Path) -> RunPod:
    """Runs a pod's command: `inputs` are encoded, other keywords are flags; a pod's name is new each time."""
    count = iter(range(1000))

    def run(
        pod: str,
        *more: str,
        task: str = "step",
        inputs: Mapping[str, Any] = {},
        env: Mapping[str, str] = {},
        work: Path | None = None,
        start: Callable[..., Any] | None = None,
        **flags: str,
    ) -> Any:
        name = f"wf-{next(count)}"
        folder = work or tmp_path / "pods" / name
        given = {
            "root": str(tmp_path / "root"),
            "metadata": str(tmp_path / "metadata.sqlite"),
            "run": "wf",
            "uid": "u1",
            "pod_name": name,
            "work": str(folder),
            "task": task,
            **flags,
        }
        argv = [sys.executable, "-m", "argosy.run", "--pod", pod]
        for key, value in given.items():
            argv += [f"--{key}", value]
        for key, value in inputs.items():
            argv += ["--input", f"{key}={json.dumps(value)}"]
        environment = {**os.environ, **env}
        if start is not None:
            return start([*argv, *more], env=environment)
        done = subprocess.run(
            [*argv, *more], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        log = done.stdout.decode(errors="replace")
        return Pod(exit_code=done.returncode, log=log, folder=folder)

    return run


@pytest.fixture
def make_spec() -> MakeSpec:
    """Makes the spec of a component whose executor is a shell script; see `make`."""
    return make
