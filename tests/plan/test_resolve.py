from typing import Any

import pytest

from argosy.errors import ParameterError
from argosy.plan.parse_condition import parse_condition
from argosy.plan.placeholders import RunContext
from argosy.plan.resolve import (
    condition_holds,
    importer_inputs,
    iterations,
    resolve_artifacts,
    resolve_parameters,
    retry_wait,
    root_parameters,
)
from argosy.plan.scope import Outputs, Scope, collect, dag_outputs, final_status
from argosy.plan.spec import (
    ArtifactInput,
    ArtifactItems,
    ArtifactOutput,
    Component,
    ComponentInput,
    Constant,
    Dag,
    ImporterExecutor,
    Iterator,
    ParameterInput,
    ParameterItems,
    ParameterOutput,
    ParameterSource,
    Plan,
    RawItems,
    RetryPolicy,
    RuntimeText,
    Task,
    TaskFinalStatus,
    TaskOutput,
)
from argosy.plan.values import ParameterType

CONTEXT = RunContext(pipeline_job_name="run-1", pipeline_task_name="t")
DAG = Dag(tasks={})


def component(**types: ParameterType) -> Component:
    return Component(name="c", body=DAG, parameters={name: ParameterInput(type=found) for name, found in types.items()})


def task(**sources: ParameterSource) -> Task:
    return Task(name="t", display_name="t", component="c", parameters=sources)


def resolved(source: ParameterSource, parameter_type: ParameterType, scope: Scope | None = None) -> Any:
    return resolve_parameters(task(x=source), component(x=parameter_type), scope or Scope(), CONTEXT)["x"]


def test_sources() -> None:
    scope = Scope(
        parameters={"p": 3.0},
        outputs={"up": Outputs(parameters={"out": "v"})},
        statuses={"up": final_status("FAILED", job="j", task="up", error_code=2, error_message="m")},
    )
    assert resolved(Constant(value=[1]), ParameterType.LIST) == [1]
    integer = resolved(ComponentInput(name="p"), ParameterType.INTEGER, scope)
    assert (integer, type(integer)) == (3, int)
    assert resolved(TaskOutput(task="up", output="out"), ParameterType.STRING, scope) == "v"
    assert resolved(TaskFinalStatus(task="up"), ParameterType.TASK_FINAL_STATUS, scope) == {
        "state": "FAILED",
        "pipelineJobResourceName": "j",
        "pipelineTaskName": "up",
        "error": {"code": 2, "message": "m"},
    }


def test_a_member_of_a_struct_or_of_its_text() -> None:
    scope = Scope(parameters={"item": {"a": {"b": 1}}, "text": '{"a": {"b": "it\'s"}}'})
    assert resolved(ComponentInput(name="item", path=("a", "b")), ParameterType.INTEGER, scope) == 1
    assert resolved(ComponentInput(name="item", path=("a", "b")), ParameterType.STRING, scope) == "1"
    assert resolved(ComponentInput(name="item", path=("a",)), ParameterType.STRING, scope) == '{"b":1}'
    assert resolved(ComponentInput(name="text", path=("a", "b")), ParameterType.STRING, scope) == "it's"
    for name, path in (("item", ("a", "c")), ("item", ("a", "b", "c")), ("text", ("z",))):
        with pytest.raises(ParameterError, match="takes the member"):
            resolved(ComponentInput(name=name, path=path), ParameterType.STRING, scope)


def test_a_wrong_type_at_a_boundary_is_an_error() -> None:
    with pytest.raises(ParameterError, match="parameter 'x' must be an integer of 64 bits, found the text '3'"):
        resolved(ComponentInput(name="p"), ParameterType.INTEGER, Scope(parameters={"p": "3"}))


def test_embedded_placeholders_read_the_tasks_other_inputs_once() -> None:
    sources = task(
        x=RuntimeText(text="{{$.inputs.parameters['pipelinechannel--a']}}/{{$.pipeline_job_name}}"),
        n=RuntimeText(text="{{$.inputs.parameters['pipelinechannel--b']}}"),
        **{"pipelinechannel--a": ComponentInput(name="a"), "pipelinechannel--b": ComponentInput(name="b")},
    )
    scope = Scope(parameters={"a": "{{$.inputs.parameters['pipelinechannel--b']}}", "b": 3})
    assert resolve_parameters(sources, component(x=ParameterType.STRING, n=ParameterType.INTEGER), scope, CONTEXT) == {
        "x": "{{$.inputs.parameters['pipelinechannel--b']}}/run-1",
        "n": 3,
        "pipelinechannel--a": "{{$.inputs.parameters['pipelinechannel--b']}}",
        "pipelinechannel--b": 3,
    }


def test_defaults_stand_in_and_optional_ones_stay_without() -> None:
    made = Component(
        name="c",
        body=DAG,
        parameters={
            "default": ParameterInput(type=ParameterType.INTEGER, default=7, optional=True),
            "optional": ParameterInput(type=ParameterType.STRING, optional=True),
            "falsy": ParameterInput(type=ParameterType.BOOLEAN, default=False, optional=True),
        },
    )
    unset = task(default=ComponentInput(name="gone"), optional=TaskOutput(task="skipped", output="o"))
    assert resolve_parameters(unset, made, Scope(), CONTEXT) == {"default": 7, "falsy": False}


def test_a_required_input_without_value_is_an_error() -> None:
    with pytest.raises(ParameterError, match="'x' is required and has no value"):
        resolved(TaskOutput(task="skipped", output="o"), ParameterType.STRING)


def test_literals_are_the_only_values() -> None:
    spec = ParameterInput(type=ParameterType.STRING, literals=("a", "b"))
    made = Component(name="c", body=DAG, parameters={"x": spec})
    assert resolve_parameters(task(x=Constant(value="a")), made, Scope(), CONTEXT) == {"x": "a"}
    with pytest.raises(ParameterError, match="must be one of"):
        resolve_parameters(task(x=Constant(value="c")), made, Scope(), CONTEXT)


def test_artifacts_single_lists_and_optional() -> None:
    made = Component(
        name="c",
        body=DAG,
        artifacts={
            "one": ArtifactInput(title="system.Model"),
            "many": ArtifactInput(title="system.Model", is_list=True),
            "maybe": ArtifactInput(title="system.Model", optional=True),
        },
    )
    sources = {name: ComponentInput(name=name) for name in ("one", "many", "maybe")}
    wired = Task(name="t", display_name="t", component="c", artifacts=sources)
    scope = Scope(artifacts={"one": ("a",), "many": ()})
    assert resolve_artifacts(wired, made, scope) == {"one": ("a",), "many": ()}
    with pytest.raises(ParameterError, match="'one' takes one artifact, found a list of 2"):
        resolve_artifacts(wired, made, Scope(artifacts={"one": ("a", "b"), "many": ()}))
    with pytest.raises(ParameterError, match="'many' is required"):
        resolve_artifacts(wired, made, Scope(artifacts={"one": ("a",)}))


def looping(items: RawItems | ParameterItems | ArtifactItems) -> Task:
    return Task(name="t", display_name="t", component="c", iterator=Iterator(items=items, item_input="item"))


@pytest.mark.parametrize(
    ("items", "parameter_type", "expected"),
    [
        ([1.0, 2], ParameterType.INTEGER, [1, 2]),
        ('["a", {"b": 1}]', ParameterType.STRING, ["a", '{"b":1}']),
        ([], ParameterType.STRING, []),
        (['{"a": 1}', {"a": 2}], ParameterType.STRUCT, [{"a": 1}, {"a": 2}]),
        ([[1], []], ParameterType.LIST, [[1], []]),
    ],
)
def test_items(items: Any, parameter_type: ParameterType, expected: list[Any]) -> None:
    found = iterations(looping(ParameterItems(input="l")), component(item=parameter_type), {"l": items}, {})
    assert [one.parameters["item"] for one in found] == expected
    if isinstance(items, list):
        raw = iterations(looping(RawItems(items=tuple(items))), component(item=parameter_type), {}, {})
        assert [one.parameters["item"] for one in raw] == expected


@pytest.mark.parametrize("items", [None, "abc", '{"a": 1}', {"a": 1}, 3])
def test_items_that_are_no_list_are_an_error(items: Any) -> None:
    with pytest.raises(ParameterError, match="the loop over 'l' needs a list"):
        iterations(looping(ParameterItems(input="l")), component(item=ParameterType.STRING), {"l": items}, {})


def test_artifact_items_come_one_by_one() -> None:
    found = iterations(looping(ArtifactItems(input="l")), component(), {"p": 1}, {"l": ("a", "b")})
    assert [one.artifacts["item"] for one in found] == [("a",), ("b",)]
    assert found[0].parameters == {"p": 1}


def test_a_task_without_iterator_runs_once() -> None:
    [only] = iterations(task(), component(), {"a": 1}, {"b": ("c",)})
    assert (only.parameters, only.artifacts) == ({"a": 1}, {"b": ("c",)})


def test_collected_outputs_keep_the_order_and_leave_out_what_was_skipped() -> None:
    made = Component(
        name="c",
        body=DAG,
        output_parameters={"o": ParameterOutput(type=ParameterType.LIST)},
        output_artifacts={"a": ArtifactOutput(title="system.Model", is_list=True)},
    )
    results = [
        Outputs(parameters={"o": [1]}, artifacts={"a": ("x", "y")}),
        Outputs(),
        Outputs(parameters={"o": []}, artifacts={"a": ("z",)}),
    ]
    assert collect(made, results) == Outputs(parameters={"o": [[1], []]}, artifacts={"a": ("x", "y", "z")})
    assert collect(made, []) == Outputs(parameters={"o": []}, artifacts={"a": ()})


def test_the_first_branch_that_ran_is_what_a_dag_puts_out() -> None:
    branches = (
        TaskOutput(task="no", output="o"),
        TaskOutput(task="yes", output="o"),
        TaskOutput(task="too", output="o"),
    )
    dag = Dag(tasks={}, parameter_outputs={"p": branches, "none": branches[:1]}, artifact_outputs={"a": branches})
    scope = Scope(
        outputs={
            "yes": Outputs(parameters={"o": False}, artifacts={"o": ("x",)}),
            "too": Outputs(parameters={"o": True}, artifacts={"o": ("y",)}),
        }
    )
    assert dag_outputs(dag, scope) == Outputs(parameters={"p": False}, artifacts={"a": ("x",)})


def test_root_parameters() -> None:
    root = Component(
        name="root",
        body=DAG,
        parameters={
            "steps": ParameterInput(type=ParameterType.INTEGER),
            "rate": ParameterInput(type=ParameterType.DOUBLE, default=0.5),
            "maybe": ParameterInput(type=ParameterType.STRING, optional=True),
        },
    )
    plan = Plan(name="p", root=root, components={})
    assert root_parameters(plan, {"steps": 3.0, "maybe": None}) == {"steps": 3, "rate": 0.5}
    with pytest.raises(ParameterError, match="has no parameter 'step'; did you mean 'steps'"):
        root_parameters(plan, {"step": 3})
    with pytest.raises(ParameterError, match="'steps' is required"):
        root_parameters(plan, {})
    with pytest.raises(ParameterError, match="'rate' must be a finite number, found the boolean true"):
        root_parameters(plan, {"steps": 1, "rate": True})


def test_importer_inputs() -> None:
    importer = ImporterExecutor(
        label="e",
        artifact_uri=ComponentInput(name="uri"),
        title="system.Model",
        metadata={"year": 2020, "source": "{{$.inputs.parameters['metadata']}}!"},
    )
    uri, metadata = importer_inputs(importer, {"uri": "/data", "metadata": {"a": 1}}, CONTEXT)
    assert (uri, metadata) == ("/data", {"year": 2020, "source": '{"a":1}!'})
    with pytest.raises(ParameterError, match="needs a URI, found no value"):
        importer_inputs(importer, {"metadata": "x"}, CONTEXT)


def test_conditions_and_waits() -> None:
    conditioned = Task(
        name="t", display_name="t", component="c", condition=parse_condition("inputs.parameter_values['b'] == true")
    )
    assert condition_holds(conditioned, {"b": True})
    assert not condition_holds(conditioned, {"b": False})
    assert condition_holds(task(), {})
    policy = RetryPolicy(max_retries=5, backoff_seconds=1, backoff_factor=3, backoff_max_seconds=10)
    assert [retry_wait(policy, retry) for retry in range(4)] == [1.0, 3.0, 9.0, 10.0]


@pytest.mark.parametrize(
    ("seconds", "factor", "wait"), [(1e-9, 2.0, 60.0), (0.0, 2.0, 0.0), (5.0, 1.0, 5.0), (5.0, 0.5, 0.0)]
)
def test_a_wait_after_thousands_of_retries(seconds: float, factor: float, wait: float) -> None:
    policy = RetryPolicy(max_retries=10**6, backoff_seconds=seconds, backoff_factor=factor, backoff_max_seconds=60)
    assert retry_wait(policy, 5000) == wait
