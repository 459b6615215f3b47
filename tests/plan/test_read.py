import contextlib
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import PipelineError
from argosy.plan import read_plan
from argosy.plan.condition import Compare
from argosy.plan.spec import (
    ArtifactItems,
    ComponentInput,
    Constant,
    ContainerExecutor,
    Dag,
    ImporterExecutor,
    ParameterItems,
    Plan,
    RawItems,
    RetryPolicy,
    RuntimeText,
    Task,
    TaskFinalStatus,
    TaskOutput,
    Trigger,
)
from argosy.plan.values import ParameterType

SUITE = Path(__file__).parent.parent / "pipelines"
Spec = dict[str, Any]


def of_suite(name: str) -> Plan:
    return read_plan(SUITE / name / "pipeline.yaml")


def at(plan: Plan, path: str) -> Task:
    *groups, leaf = path.split("/")
    dag = plan.dag
    for group in groups:
        body = plan.components[dag.tasks[group].component].body
        assert isinstance(body, Dag)
        dag = body
    return dag.tasks[leaf]


def two_tasks() -> Spec:
    """A pipeline of two tasks: `second` reads an output of `first` and a parameter of the pipeline."""
    text = {"parameterType": "STRING"}
    return {
        "pipelineInfo": {"name": "two-tasks"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.13.0",
        "deploymentSpec": {
            "executors": {
                "exec-echo": {"container": {"image": "i", "command": ["echo", "{{$.inputs.parameters['x']}}"]}}
            }
        },
        "components": {
            "comp-echo": {
                "executorLabel": "exec-echo",
                "inputDefinitions": {"parameters": {"x": text, "y": {**text, "isOptional": True}}},
                "outputDefinitions": {"parameters": {"out": text}},
            }
        },
        "root": {
            "inputDefinitions": {"parameters": {"p": {**text, "defaultValue": "d"}}},
            "dag": {
                "tasks": {
                    "first": {
                        "componentRef": {"name": "comp-echo"},
                        "inputs": {"parameters": {"x": {"runtimeValue": {"constant": "a"}}}},
                    },
                    "second": {
                        "componentRef": {"name": "comp-echo"},
                        "inputs": {
                            "parameters": {
                                "x": {"taskOutputParameter": {"producerTask": "first", "outputParameterKey": "out"}},
                                "y": {"componentInputParameter": "p"},
                            }
                        },
                    },
                }
            },
        },
    }


def put(spec: Spec, path: str, value: Any) -> None:
    *parents, last = path.split("/")
    node: Any = spec
    for parent in parents:
        node = node[parent]
    if value is None:
        del node[last]
    else:
        node[last] = value


SECOND = "root/dag/tasks/second"
X = f"{SECOND}/inputs/parameters/x"
CONTAINER = "deploymentSpec/executors/exec-echo/container"


def test_two_tasks() -> None:
    plan = read_plan([two_tasks()])
    assert plan.name == "two-tasks"
    assert plan.root.parameters["p"].default == "d"
    second = plan.dag.tasks["second"]
    assert second.parameters == {"x": TaskOutput(task="first", output="out"), "y": ComponentInput(name="p")}
    assert second.depends_on == ("first",)
    assert plan.components["comp-echo"].output_parameters["out"].type is ParameterType.STRING
    assert plan.dag.tasks["first"].parameters["x"] == Constant(value="a")


def test_a_path_a_text_and_documents_read_alike(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.json"
    file.write_text(json.dumps(two_tasks()))
    assert read_plan(file) == read_plan(str(file)) == read_plan(file.read_text()) == read_plan([two_tasks()])
    assert read_plan(yaml.safe_dump(two_tasks())) == read_plan(file)


def test_what_is_no_file_or_no_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"file .*gone.yaml: the compiled pipeline cannot be read"):
        read_plan(tmp_path / "gone.yaml")
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(PipelineError, match=r"file .*bad.yaml: the compiled pipeline is no YAML"):
        read_plan(tmp_path / "bad.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(PipelineError, match="cannot be read"):
        read_plan(tmp_path / "bytes.yaml")


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("schemaVersion", "2.0.0", "schemaVersion '2.0.0', expected 2.1.0"),
        ("extra", {"a": 1}, "the field 'extra', which Argosy does not interpret"),
        ("pipelineInfo/name", "Two Tasks", "small letters"),
        ("pipelineInfo/name", "a" * 129, "at most 128"),
        ("root/dag/tasks", {}, "the DAG has no tasks"),
        ("root/executorLabel", "exec-echo", "exactly one of dag, executorLabel"),
        ("root/dag/tasks/a task", {"componentRef": {"name": "comp-echo"}}, "task a task: the task 'a task'"),
        (f"{SECOND}/componentRef/name", "comp-ecko", "task second: there is no component 'comp-ecko'; did you mean"),
        (f"{SECOND}/retryPolice", {}, "task second: the task has the field 'retryPolice'.*did you mean 'retryPolicy'"),
        (f"{SECOND}/dependentTasks", ["third"], "task second: needs the task 'third'"),
        (f"{SECOND}/triggerPolicy", {"strategy": "NEVER"}, "task second: triggerPolicy has the strategy 'NEVER'"),
        (f"{SECOND}/triggerPolicy", {"condition": "a ="}, "task second: the condition cannot be understood"),
        (
            f"{SECOND}/triggerPolicy",
            {"condition": "inputs.parameter_values['z'] == 'a'"},
            "task second: the condition reads 'z'",
        ),
        (
            f"{SECOND}/triggerPolicy",
            {"condition": "inputs.parameter_values['x'] > 3"},
            "task second: the condition compares unlike types: a text > a number",
        ),
        (f"{SECOND}/retryPolicy", {"maxRetryCount": -1}, "task second: retryPolicy needs a whole number"),
        (f"{SECOND}/retryPolicy", {"backoffDuration": "soon", "maxRetryCount": 1}, "needs a duration such as '10s'"),
        (f"{SECOND}/retryPolicy", {"backoffFactor": "two"}, "'backoffFactor', found 'two'"),
        (f"{SECOND}/cachingOptions", {"enableCache": "yes"}, "task second: cachingOptions needs true or false"),
        (
            f"{SECOND}/artifactIterator",
            {"items": {"inputArtifact": "q"}, "itemInput": "x"},
            "iterates over the input 'x'",
        ),
        (
            f"{SECOND}/parameterIterator",
            {"items": {"raw": "{"}, "itemInput": "x"},
            "task second: the items of .* no JSON",
        ),
        (f"{SECOND}/parameterIterator", {"items": {"raw": "{}"}, "itemInput": "x"}, "must be a JSON list"),
        (f"{SECOND}/parameterIterator", {"items": {"raw": "[]"}, "itemInput": "z"}, "iterates over the input 'z'"),
        (f"{SECOND}/parameterIterator", {"items": {"inputParameter": "z"}, "itemInput": "x"}, "over the items of 'z'"),
        (f"{SECOND}/parameterIterator", {"items": {}, "itemInput": "x"}, "exactly one of raw, inputParameter"),
        (f"{SECOND}/iteratorPolicy", {"parallelismLimit": -2}, "'parallelismLimit', found -2"),
        (X, None, "task second: the input 'x' is required and nothing feeds it"),
        (X, {"componentInputParameter": "q"}, "task second: the input 'x' is fed by the parameter 'q'"),
        (X, {"componentInputParameter": "p", "runtimeValue": {"constant": 1}}, "exactly one of"),
        (X, {"runtimeValue": {"constant": 3}}, "task second: parameter 'x' must be a text, found the number 3"),
        (X, {"runtimeValue": {"runtimeParameter": "p"}}, "'runtimeParameter', which Argosy does not interpret"),
        (X, {"runtimeValue": {"constant": "{{$.inputs.parameters['q']}}"}}, "reads the input 'q', which the task"),
        (X, {"runtimeValue": {"constant": "{{$.outputs.output_file}}"}}, "a placeholder that only a command may have"),
        (X, {"runtimeValue": {"constant": "{{$.now}}"}}, r"task second: .* unknown placeholder \{\{\$.now\}\}"),
        (X, {"taskFinalStatus": {"producerTask": "third"}}, "task second: needs the task 'third'"),
        (f"{X}/taskOutputParameter/producerTask", "third", "task second: needs the task 'third'"),
        (
            f"{X}/taskOutputParameter/outputParameterKey",
            "oot",
            "the output 'oot' of the task 'first'.*did you mean 'out'",
        ),
        (f"{X}/parameterExpressionSelector", "x[0]", "task second: .*only parseJson"),
        (f"{SECOND}/inputs/parameters/w", {"componentInputParameter": "p"}, "is given the parameter 'w', which its"),
        (f"{SECOND}/inputs/artifacts", {"a": {"componentInputArtifact": "p"}}, "is given the artifact 'a', which its"),
        (f"{SECOND}/inputs/artifacts", {"a": {"taskOutputArtifact": {}}}, "needs the text field 'producerTask'"),
        ("root/dag/tasks/first/dependentTasks", ["second"], "in a circle: first -> second -> first"),
        ("root/dag/tasks/first/dependentTasks", ["first"], "in a circle: first -> first"),
        ("root/outputDefinitions", {"parameters": {"o": {"parameterType": "STRING"}}}, "'o' is fed by no task"),
        (
            "root/dag/outputs",
            {"parameters": {"o": {"valueFromParameter": {}}}},
            "needs the text field 'producerSubtask'",
        ),
        ("components/comp-echo/inputDefinitions/parameters/x/parameterType", "ENUM", "of the unknown type 'ENUM'"),
        ("components/comp-echo/inputDefinitions/parameters/x/defaultValue", 3, "default or a literal of parameter 'x'"),
        (
            "components/comp-echo/executorLabel",
            "exec-ecko",
            "task first: there is no executor 'exec-ecko'; did you mean",
        ),
        ("components/comp-echo/executorLabel", None, "exactly one of dag, executorLabel"),
        ("components/unused", {"executorLabel": "no"}, "component unused: there is no executor"),
        ("deploymentSpec/executors/exec-echo", {"resolver": {}}, "task first: .*'resolver', which only Google's"),
        (f"{CONTAINER}/image", " ", "has no image"),
        (f"{CONTAINER}/command", [], "has no command"),
        (f"{CONTAINER}/lifecycle", {}, "the field 'lifecycle'"),
        (f"{CONTAINER}/resources", {"resourceCpuLimit": "lots"}, "resourceCpuLimit 'lots'; a quantity is"),
        (
            f"{CONTAINER}/args",
            ["{{$.inputs.parameters['q']}}"],
            "task first: its command reads the input parameter 'q'",
        ),
        (f"{CONTAINER}/args", ["{{$.outputs.artifacts['q'].uri}}"], "reads the output artifact 'q'"),
        (f"{CONTAINER}/args", ['{"IfPresent": {"InputName": "q", "Then": "a"}}'], "asks for the input 'q'"),
        (f"{CONTAINER}/args", ["{{$.inputs.parameter['x']}}"], "unknown placeholder"),
        (f"{CONTAINER}/env", [{"name": "A", "valueFrom": {}}], "the field 'valueFrom'"),
    ],
)
def test_what_is_wrong_is_named_with_its_task(path: str, value: Any, found: str) -> None:
    spec = two_tasks()
    put(spec, path, value)
    with pytest.raises(PipelineError, match=found):
        read_plan([spec])


def test_a_cycle_in_a_nested_pipeline_is_drawn_with_its_path() -> None:
    documents = list(yaml.safe_load_all((SUITE / "nested_dags" / "pipeline.yaml").read_text()))
    put(documents[0], "components/comp-middle/dag/tasks/write/dependentTasks", ["innermost"])
    with pytest.raises(PipelineError, match="middle/innermost -> middle/write -> middle/innermost"):
        read_plan(documents)


def test_a_component_cannot_contain_itself() -> None:
    documents = list(yaml.safe_load_all((SUITE / "nested_dags" / "pipeline.yaml").read_text()))
    put(documents[0], "components/comp-middle/dag/tasks/write/componentRef/name", "comp-middle")
    with pytest.raises(PipelineError, match="task middle/write: the component 'comp-middle' contains itself"):
        read_plan(documents)


@pytest.mark.parametrize(
    ("platform", "found"),
    [
        ({"platforms": {"openshift": {}}}, "'openshift'"),
        ({"platforms": {"kubernetes": {"pipelineConfig": {"workspace": {}}}}}, "'workspace'"),
        (
            {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"exec-echo": {"pvc": 1}}}}}},
            "task first: the kubernetes configuration .*'pvc'",
        ),
    ],
)
def test_unknown_platform_configuration_is_refused(platform: Spec, found: str) -> None:
    with pytest.raises(PipelineError, match=found):
        read_plan([two_tasks(), platform])


def test_platform_configuration_belongs_to_its_executor() -> None:
    configuration = {"activeDeadlineSeconds": "90", "secretAsEnv": [{"secretName": "s"}]}
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"exec-echo": configuration}}}}}
    body = read_plan([two_tasks(), platform]).components["comp-echo"].body
    assert isinstance(body, ContainerExecutor)
    assert body.timeout_seconds == 90.0
    assert body.platform == configuration


def test_retry_policy() -> None:
    spec = two_tasks()
    put(spec, f"{SECOND}/retryPolicy", {"maxRetryCount": 2, "backoffDuration": "1.5s", "backoffMaxDuration": "10s"})
    assert read_plan([spec]).dag.tasks["second"].retry == RetryPolicy(
        max_retries=2, backoff_seconds=1.5, backoff_factor=2.0, backoff_max_seconds=10.0
    )


def test_groups_of_control_flow() -> None:
    loops = of_suite("loops")
    iterator = at(loops, "for-loop-2").iterator
    assert iterator is not None
    assert iterator.items == RawItems(items=(1, 2, 3))
    over_parameter = at(loops, "for-loop-3").iterator
    assert over_parameter is not None
    assert isinstance(over_parameter.items, ParameterItems)
    over_artifacts = at(of_suite("artifact_loop"), "for-loop-1").iterator
    assert over_artifacts is not None
    assert isinstance(over_artifacts.items, ArtifactItems)
    assert over_artifacts.parallelism == 2
    assert isinstance(at(of_suite("conditions"), "condition-1").condition, Compare)
    exit_task = at(of_suite("exit_handler"), "note")
    assert exit_task.trigger is Trigger.ALL_COMPLETED
    assert exit_task.parameters["status"] == TaskFinalStatus(task="exit-handler-1")
    assert not at(of_suite("caching"), "echo-2").cache
    assert isinstance(at(of_suite("embedded_placeholders"), "echo").parameters["text"], RuntimeText)
    assert len(of_suite("else_branch").components["comp-condition-branches-1"].output_parameters) == 1


def test_an_importer_takes_its_uri_from_its_input_where_the_compiler_left_a_reference() -> None:
    plan = of_suite("importers")
    uris = [
        body.artifact_uri
        for task in ("importer", "importer-2", "importer-3")
        if isinstance(body := plan.components[at(plan, task).component].body, ImporterExecutor)
    ]
    assert uris == [Constant(value="outside/data"), ComponentInput(name="uri"), ComponentInput(name="uri")]


def test_loop_members_that_nothing_reads_are_dropped() -> None:
    plan = of_suite("struct_items")
    assert at(plan, "exit-handler-7").parameters == {}
    assert at(plan, "for-loop-2/add").parameters["a"] == ComponentInput(
        name="pipelinechannel--loop-item-param-1", path=("a",)
    )


def test_constants_are_whole_numbers_again() -> None:
    plan = of_suite("embedded_placeholders")
    assert plan.root.parameters["config"].default == {"k": [1]}
    assert type(plan.root.parameters["config"].default["k"][0]) is int


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, value in inside for found in _paths(value, (*path, key)))]


DOCUMENTS = {
    name: next(yaml.safe_load_all((SUITE / name / "pipeline.yaml").read_text()))
    for name in ("struct_items", "importers", "placeholders_in_commands", "retries", "collected", "exit_handler")
}
DAMAGE: list[Callable[[Any], Any]] = [
    lambda value: None, lambda value: {}, lambda value: [], lambda value: "x", lambda value: -1, lambda value: True,
    lambda value: [value], lambda value: {"x": value}, lambda value: {1: value}, lambda value: str(value),
]  # fmt: skip


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_spec_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    documents = copy.deepcopy(DOCUMENTS[data.draw(st.sampled_from(sorted(DOCUMENTS)))])
    *parents, last = data.draw(st.sampled_from(_paths(documents)[1:]))
    node = documents
    for parent in parents:
        node = node[parent]
    node[last] = data.draw(st.sampled_from(DAMAGE))(node[last])
    with contextlib.suppress(PipelineError):
        assert read_plan([documents]).dag.tasks
