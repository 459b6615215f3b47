"""Plans of small shell steps, without kfp and without a compiler."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from argosy.plan.spec import (
    ArtifactInput,
    ArtifactOutput,
    Component,
    Constant,
    ContainerExecutor,
    Dag,
    ParameterInput,
    ParameterOutput,
    Plan,
    Task,
    TaskOutput,
)
from argosy.plan.values import ParameterType

Leaf = Callable[..., Component]
MakePlan = Callable[..., Plan]


@pytest.fixture
def leaf() -> Leaf:
    """Makes a component that runs a shell script, in which `<x>` stands for the path of the artifact x."""

    def make(
        name: str,
        script: str,
        *,
        parameters: Mapping[str, ParameterType | ParameterInput] = {},
        reads: Sequence[str] = (),
        writes: Sequence[str] = (),
        values: Mapping[str, ParameterType] = {},
        title: str = "system.Dataset",
        env: Mapping[str, str] = {},
        timeout: float | None = None,
    ) -> Component:
        for one in reads:
            script = script.replace(f"<{one}>", f"{{{{$.inputs.artifacts['{one}'].path}}}}")
        for one in writes:
            script = script.replace(f"<{one}>", f"{{{{$.outputs.artifacts['{one}'].path}}}}")
        for one in values:
            script = script.replace(f"<{one}>", f"{{{{$.outputs.parameters['{one}'].output_file}}}}")
        for one in parameters:
            script = script.replace(f"<{one}>", f"{{{{$.inputs.parameters['{one}']}}}}")
        return Component(
            name=f"comp-{name}",
            body=ContainerExecutor(
                label=f"exec-{name}",
                image="argosy/test:1",
                command=("sh", "-ec", script),
                env=env,
                timeout_seconds=timeout,
            ),
            parameters={
                key: value if isinstance(value, ParameterInput) else ParameterInput(type=value)
                for key, value in parameters.items()
            },
            artifacts={key: ArtifactInput(title="system.Dataset") for key in reads},
            output_parameters={key: ParameterOutput(type=value) for key, value in values.items()},
            output_artifacts={key: ArtifactOutput(title=title) for key in writes},
        )

    return make


@pytest.fixture
def make_plan() -> MakePlan:
    """Makes a plan of components and of tasks, each under the name of its component without `comp-`."""

    def make(
        *components: Component, tasks: Sequence[Task], parameters: Mapping[str, ParameterInput] = {}, **outputs: Any
    ) -> Plan:
        dag = Dag(tasks={task.name: task for task in tasks}, **outputs)
        output_parameters = {key: ParameterOutput(type=ParameterType.STRING) for key in dag.parameter_outputs}
        root = Component(name="root", body=dag, parameters=parameters, output_parameters=output_parameters)
        return Plan(name="test", root=root, components={component.name: component for component in components})

    return make


@pytest.fixture
def chain(leaf: Leaf, make_plan: MakePlan, tmp_path: Path) -> Callable[..., Plan]:
    """Makes the plan make -> upper -> join (of both), each of which adds a line to `trace`."""
    trace = tmp_path / "trace"

    def make(text: str = "a", *, cache: bool = True, pause: str = "0", upper: str = "tr a-z A-Z") -> Plan:
        first = leaf(
            "make",
            f"echo make >> {trace}; echo start; sleep {pause}; mkdir -p <out>; printf %s '<text>' > <out>/text",
            parameters={"text": ParameterType.STRING},
            writes=["out"],
        )
        second = leaf(
            "upper",
            f"echo upper >> {trace}; sleep {pause}; {upper} < <source>/text > <out>",
            reads=["source"],
            writes=["out"],
        )
        third = leaf(
            "join",
            f"echo join >> {trace}; cat <one>/text <two> > <out>; cat <out> > <joined>",
            reads=["one", "two"],
            writes=["out"],
            values={"joined": ParameterType.STRING},
        )
        made, uppered = TaskOutput(task="make", output="out"), TaskOutput(task="upper", output="out")
        return make_plan(
            first,
            second,
            third,
            tasks=[
                task("make", cache=cache, parameters={"text": Constant(value=text)}),
                task("upper", cache=cache, artifacts={"source": made}, depends_on=("make",)),
                task("join", cache=cache, artifacts={"one": made, "two": uppered}, depends_on=("make", "upper")),
            ],
            parameter_outputs={"joined": (TaskOutput(task="join", output="joined"),)},
        )

    return make


def task(name: str, **options: Any) -> Task:
    return Task(name=name, display_name=name, component=f"comp-{name}", **options)


@pytest.fixture
def make_task() -> Callable[..., Task]:
    """Makes a task of the component of the same name."""
    return task


@pytest.fixture
def trace(tmp_path: Path) -> Callable[[], list[str]]:
    """Reads and empties the trace: which steps' processes ran since the last look, in order."""
    file = tmp_path / "trace"

    def read() -> list[str]:
        lines = file.read_text().split() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    return read
