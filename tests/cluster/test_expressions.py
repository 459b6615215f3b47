"""What the compiler writes in Argo's expression language gives, in a real controller, what the plan's Python gives.

One Workflow without a pod: each case is a suspended task of no duration, whose `when` or whose inputs tell.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from argosy.argo import expression as expr
from argosy.argo import scope as argo_scope
from argosy.argo import workflow
from argosy.argo.condition import compile_condition
from argosy.argo.scope import Scope
from argosy.argo.workflow import argument_text
from argosy.errors import ArgosyError
from argosy.plan.condition import evaluate
from argosy.plan.parse_condition import parse_condition
from argosy.plan.placeholders import RunContext
from argosy.plan.resolve import resolve_parameters
from argosy.plan.scope import Scope as PlanScope
from argosy.plan.spec import (
    Component,
    ComponentInput,
    Constant,
    ContainerExecutor,
    Dag,
    ParameterInput,
    RuntimeText,
    Task,
)
from argosy.plan.values import ParameterType
from argosy.plan.wire import encode

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

NASTY = "q\"' \\ \n\t \x1b \x7f {{workflow.name}} {{=1}} $(HOME) $$ <&> é 🐧 \U0001f3f4\U000e0067\U000e007f end"
VALUES: dict[str, Any] = {
    "n": 3, "f": 1.5, "s": "it's", "t": "7", "b": True, "none": None, "nasty": NASTY, "big": 9007199254740993,
    "list": ["a", 1, 0.5, True, {"k": [1]}, NASTY], "struct": {"k": NASTY, "n": 7, "d": {"z": [1, "x"]}, "f": 2.5},
    "text": json.dumps({"k": NASTY, "n": 7}),
}  # fmt: skip
TYPES = {
    "n": ParameterType.INTEGER, "f": ParameterType.DOUBLE, "s": ParameterType.STRING, "t": ParameterType.STRING,
    "b": ParameterType.BOOLEAN, "none": ParameterType.STRING, "nasty": ParameterType.STRING,
    "big": ParameterType.INTEGER, "list": ParameterType.LIST, "struct": ParameterType.STRUCT,
    "text": ParameterType.STRING,
}  # fmt: skip
CONDITIONS = (
    "<b> == true", "<b>", "!(<b> == true) && !(int(<n>) > 3)", "!(<b> == true) || !(int(<n>) > 3)", "int(<n>) > 3",
    "int(<n>) >= 3 && <f> < 2.0", "double(int(<n>)) > 2.5", "<s> == 'it\\'s'", "<s> != 'a\\n\\u00e9\\x41\\101'",
    "'a' < 'b'", "'ü' > '🐧'", "int(<t>) == 7", "string(<n>) == '3'", "string(<f>) == '1.5' && string(<b>) == 'true'",
    "bool('true')", "int(<f>) == 1", "int(-1.5) == -1", "<n> == 3.0", "-1 < 1e-3 && -.5 < 0", "<none> == 'x'",
    "<b> == false && <none> == 'x'", "<b> == true || <none> == 'x'", "int(<s>) == 3", "bool(<s>)", "int(<b>) == 1",
    "<t> == '7'", "<s> == '}} {{'",
)  # fmt: skip
SOURCES: dict[str, tuple[ParameterType, Any]] = {
    **{f"same_{name}": (TYPES[name], ComponentInput(name=name)) for name in VALUES},
    "constant": (ParameterType.STRING, Constant(value=NASTY)),
    "member": (ParameterType.STRING, ComponentInput(name="struct", path=("k",))),
    "member_number": (ParameterType.INTEGER, ComponentInput(name="struct", path=("n",))),
    "member_as_text": (ParameterType.STRING, ComponentInput(name="struct", path=("n",))),
    "deep_member": (ParameterType.STRING, ComponentInput(name="struct", path=("d", "z"))),
    "deep_list": (ParameterType.LIST, ComponentInput(name="struct", path=("d", "z"))),
    "member_of_text": (ParameterType.STRING, ComponentInput(name="text", path=("k",))),
    "no_member": (ParameterType.STRING, ComponentInput(name="struct", path=("nope",))),
    "rendered": (
        ParameterType.STRING,
        RuntimeText(text="<<{{$.inputs.parameters['same_nasty']}}>> {{$.inputs.parameters['same_big']}}"),
    ),
    "rendered_struct": (ParameterType.STRING, RuntimeText(text="{{$.inputs.parameters['same_struct']}}")),
    "rendered_rest": (
        ParameterType.STRING,
        RuntimeText(text="{{$.inputs.parameters['same_b']}} {{$.inputs.parameters['same_f']}}"),
    ),
    "rendered_list": (
        ParameterType.LIST,
        RuntimeText(
            text=["{{$.inputs.parameters['same_nasty']}}", 1, {"a": "{{$.inputs.parameters['same_n']}}", "b": None}]
        ),
    ),
    "rendered_number": (ParameterType.INTEGER, RuntimeText(text="{{$.inputs.parameters['same_n']}}0")),
    "rendered_none": (ParameterType.STRING, RuntimeText(text="{{$.inputs.parameters['same_none']}}")),
}


def condition(text: str) -> str:
    for name in VALUES:
        text = text.replace(f"<{name}>", f"inputs.parameter_values['{name}']")
    return text


def holds(text: str) -> bool | None:
    """Returns what the plan makes of a condition; None where it refuses."""
    try:
        return evaluate(
            parse_condition(condition(text)), {name: value for name, value in VALUES.items() if value is not None}
        )
    except ArgosyError:
        return None


def task_of(name: str) -> tuple[Task, Component]:
    """Returns a task with one source, and those that its text reads."""
    declared, source = SOURCES[name]
    read = (
        {key: (kind, other) for key, (kind, other) in SOURCES.items() if key.startswith("same_")}
        if isinstance(source, RuntimeText)
        else {}
    )
    given = {**read, name: (declared, source)}
    component = Component(
        name="comp",
        body=ContainerExecutor(label="exec", image="x", command=("x",)),
        parameters={key: ParameterInput(type=kind, optional=True) for key, (kind, _) in given.items()},
    )
    return Task(
        name="task", display_name="task", component="comp", parameters={key: other for key, (_, other) in given.items()}
    ), component


def resolved(name: str) -> Any:
    """Returns the value that the plan gives the task; ... where it refuses."""
    task, component = task_of(name)
    try:
        values = resolve_parameters(task, component, PlanScope(parameters=VALUES), RunContext())
    except ArgosyError:
        return ...
    return values.get(name)


def expression_of(name: str) -> str:
    task, component = task_of(name)
    owner = Component(
        name="owner",
        body=Dag(tasks={"task": task}),
        parameters={key: ParameterInput(type=kind, optional=True) for key, kind in TYPES.items()},
    )
    at = Scope(task=task, component=component, dag=owner.body, owner=owner, components={"comp": component})  # type: ignore[arg-type]
    return argo_scope.parameter(at, name)[0]


def workflow_of(conditions: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    """Returns a Workflow with a task for each condition and value; its arguments are VALUES as a person gives them."""
    declared = {name: ParameterInput(type=kind, optional=VALUES[name] is None) for name, kind in TYPES.items()}
    given = [{"name": name, "value": argument_text(VALUES[name], TYPES[name])} for name in VALUES]
    entry = [{"name": name, "value": expr.tag(workflow._typed_argument(name, spec))} for name, spec in declared.items()]
    tasks = [
        {
            "name": name,
            "template": "nothing",
            "when": expr.tag(text),
            "arguments": {"parameters": [{"name": "x", "value": "-"}]},
        }
        for name, text in conditions.items()
    ] + [
        {
            "name": name.replace("_", "-"),
            "template": "nothing",
            "arguments": {"parameters": [{"name": "x", "value": expr.tag(text)}]},
        }
        for name, text in values.items()
    ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "expressions-"},
        "spec": {
            "entrypoint": "entry",
            "arguments": {"parameters": given},
            "templates": [
                {
                    "name": "entry",
                    "dag": {"tasks": [{"name": "cases", "template": "cases", "arguments": {"parameters": entry}}]},
                },
                {
                    "name": "cases",
                    "inputs": {"parameters": [{"name": name} for name in VALUES]},
                    "dag": {"failFast": False, "tasks": tasks},
                },
                {"name": "nothing", "inputs": {"parameters": [{"name": "x"}]}, "suspend": {"duration": "0"}},
            ],
        },
    }


@pytest.fixture(scope="module")
def nodes(cluster: Any) -> dict[str, Any]:
    """The tasks' nodes by name, once all have ended."""
    conditions = {
        f"condition-{number}": compile_condition(
            parse_condition(condition(text)), {name: (expr.own_input(name), kind) for name, kind in TYPES.items()}
        )
        for number, text in enumerate(CONDITIONS)
    }
    manifest = workflow_of(conditions, {name: expression_of(name) for name in SOURCES})
    name = json.loads(cluster("create", "-f", "-", "-o", "json", stdin=json.dumps(manifest)))["metadata"]["name"]
    deadline = time.monotonic() + 200
    status: dict[str, Any] = {}
    while not status.get("finishedAt"):
        assert time.monotonic() < deadline, status
        time.sleep(1)
        status = cluster.get("workflow", name).get("status", {})
    return {node["displayName"]: node for node in status["nodes"].values()}


@pytest.mark.parametrize("number", range(len(CONDITIONS)), ids=lambda number: CONDITIONS[number])
def test_a_condition_is_decided_alike(number: int, nodes: dict[str, Any]) -> None:
    node = nodes[f"condition-{number}"]
    found = {"Succeeded": True, "Skipped": False, "Error": None}[node["phase"]]
    assert found == holds(CONDITIONS[number]), node.get("message")


@pytest.mark.parametrize("name", SOURCES)
def test_an_input_is_resolved_alike(name: str, nodes: dict[str, Any]) -> None:
    node = nodes[name.replace("_", "-")]
    expected = resolved(name)
    if expected is ...:
        assert node["phase"] == "Error"
        return
    assert node["phase"] == "Succeeded", node.get("message")
    [given] = [parameter["value"] for parameter in node["inputs"]["parameters"] if parameter["name"] == "x"]
    assert json.loads(given) == expected
    assert not any(text in given for text in ("{{", "$", "\x7f")), "what others on the way take for their own"


def test_a_wire_text_is_what_it_is_after_argo(nodes: dict[str, Any]) -> None:
    [given] = [item["value"] for item in nodes["same-nasty"]["inputs"]["parameters"] if item["name"] == "x"]
    assert given == encode(NASTY)
