"""A pod's command line as a resolved task, and artifacts as references."""

import json
from pathlib import Path
from typing import Any

import pytest

from argosy.errors import ParameterError, PipelineError
from argosy.metadata import Artifact, ArtifactState, Event, EventType, Execution, MemoryStore
from argosy.plan.wire import encode
from argosy.runner import stored
from argosy.runner.pod.arguments import PodTask, read_arguments
from argosy.runner.pod.inputs import read_call
from argosy.runner.pod.places import is_staged, places_of
from argosy.runner.pod.references import from_references, to_references


def argv(spec: str, *more: str, **flags: str) -> list[str]:
    given = {
        "pod": spec,
        "run": "wf",
        "uid": "u1",
        "pod_name": "wf-7",
        "task": "outer/for-loop-1[3]/step",
        "root": "/r/",
    }
    return [part for name, value in {**given, **flags}.items() for part in (f"--{name}", value)] + list(more)


def read(spec: str, **inputs: Any) -> PodTask:
    return read_arguments(argv(spec, *(p for name, v in inputs.items() for p in ("--input", f"{name}={encode(v)}"))))


def test_a_task_as_the_pod_is_told_it(make_spec: Any, tmp_path: Path) -> None:
    long = tmp_path / "argo_arg_1.txt"
    long.write_text('text="a=b\\n"', encoding="utf-8")
    task = read_arguments(argv(make_spec(parameters={"text": "STRING"}), "--input", f"@{long}", again="true"))
    assert (task.root, task.again, task.inputs) == ("/r", True, {"text": "a=b\n"})
    call, context = read_call(task, MemoryStore())
    assert (call.name, call.parameters, call.task.cache) == ("outer/for-loop-1[3]/step", {"text": "a=b\n"}, True)
    assert (context.pipeline_task_name, context.pipeline_job_name, context.pipeline_job_uuid) == ("step", "wf", "u1")


def test_what_the_component_does_not_declare_is_for_placeholders_only(make_spec: Any) -> None:
    call, _ = read_call(read(make_spec(), **{"pipelinechannel--x": 3}), MemoryStore())
    assert call.parameters == {"pipelinechannel--x": 3}
    assert call.component.parameters == {}


def test_defaults_and_missing_values(make_spec: Any) -> None:
    declared = {
        "n": {"parameterType": "NUMBER_INTEGER", "defaultValue": 3.0},
        "text": {"parameterType": "STRING", "isOptional": True},
    }
    spec = make_spec(component={"inputDefinitions": {"parameters": declared}})
    assert read_call(read(spec, n=None, text=None), MemoryStore())[0].parameters == {"n": 3}
    required = make_spec(component={"inputDefinitions": {"parameters": {"n": {"parameterType": "STRING"}}}})
    with pytest.raises(ParameterError, match="'n' is required and has no value"):
        read_call(read(required, n=None), MemoryStore())


@pytest.mark.parametrize(
    ("more", "flags", "message"),
    [
        (["--input"], {}, "pairs of a flag and a value, found 13"),
        (["--input", "x"], {}, "takes NAME=JSON, found 'x'"),
        (["--input", "x=it's"], {}, "--input x: not JSON"),
        (["input", "x=1"], {}, "unknown argument 'input'"),
        ([], {"pod": "{}"}, "--pod needs pipeline, name, component and executor"),
        ([], {"pod": "{"}, "--pod is not JSON"),
        ([], {"uid": ""}, "--uid is missing"),
    ],
)
def test_a_command_line_that_is_none(make_spec: Any, more: list[str], flags: dict[str, str], message: str) -> None:
    with pytest.raises((ParameterError, PipelineError), match=message):
        read_arguments(argv(make_spec(), *more, **flags) if "pod" not in flags else argv(flags["pod"]))


def test_places_of_a_step_and_of_a_users_container(make_spec: Any) -> None:
    step = places_of(read_arguments(argv(make_spec(), root="s3://b/p")))
    assert step.folder == "s3://b/p/test/u1/outer/for-loop-1.3/step/wf-7"
    assert step.findings == "s3://b/p/test/u1/findings/outer.for-loop-1.3.step"
    assert step.path("s3://b/p/x") == "/tmp/argosy/staged/s3/b/p/x"
    assert step.path("/artifacts/x") == "/artifacts/x"
    users = places_of(read_arguments(argv(make_spec(), root="gs://b", phase="around")))
    assert [users.path(f"{scheme}://b/k") for scheme in ("s3", "gs", "minio")] == ["/s3/b/k", "/gcs/b/k", "/minio/b/k"]
    assert [is_staged(uri) for uri in ("s3://b", "gs://b", "/a", "file:///a", "http://a")] == [True, True, *[False] * 3]


def test_references_there_and_back() -> None:
    properties = stored.properties(
        title="system.Model", version="0.0.1", metadata={"n": 1, "ü": [1.5]}, content=stored.content("d1"), name="m"
    )
    store = MemoryStore()
    artifact = Artifact(type="Model", uri="s3://b/m", state=ArtifactState.LIVE, properties=properties)
    event = Event(type=EventType.OUTPUT, path=("m", 0))
    _, [known] = store.put_execution(Execution(type="t"), [(artifact, event)])
    [reference] = json.loads(encode(to_references([known], remembered=True)))
    assert reference == {
        "uri": "s3://b/m", "name": "m", "type": "system.Model", "version": "0.0.1", "metadata": {"n": 1, "ü": [1.5]},
        "id": known.id, "content": "d1",
    }  # fmt: skip
    assert from_references("x", [reference], store) == (known,)
    [other] = from_references("x", [reference], MemoryStore())
    assert (other.id, other.state, stored.fingerprint(other)) == (0, ArtifactState.LIVE, stored.fingerprint(known))
    [moved] = from_references("x", [{**reference, "uri": "s3://b/other"}], store)
    assert (moved.id, moved.uri) == (0, "s3://b/other")
    assert "id" not in to_references([known], remembered=False)[0]
