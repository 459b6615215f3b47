"""Every error that KFP's backend finds late or never is refused with its task and a remedy; its near miss is not."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.errors import PipelineError
from argosy.plan import read_plan
from argosy.plan.check_kfp import check_kfp
from argosy.plan.check_kfp_resources import quantity
from argosy.plan.check_kfp_size import MAX_ARGUMENT, check_size

SUITE = Path(__file__).parent.parent / "pipelines"
Spec = dict[str, Any]
TEXT = {"parameterType": "STRING"}
OPTIONAL = {"parameterType": "STRING", "isOptional": True}


def container(*args: str, **others: Any) -> Spec:
    return {"container": {"image": "i", "command": ["echo"], "args": list(args), **others}}


def pipeline() -> Spec:
    """`make` puts out a text, a number and data; `use` reads the text; `group` holds `inner`, which reads the data."""
    data = {"artifactType": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}}
    producer = {"producerTask": "make"}
    return {
        "pipelineInfo": {"name": "checked"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.13.0",
        "deploymentSpec": {
            "executors": {
                "exec-make": container("make"),
                "exec-use": container("use", "{{$.inputs.parameters['x']}}"),
                "exec-inner": container("inner", "{{$.inputs.artifacts['data'].uri}}"),
            }
        },
        "components": {
            "comp-make": {
                "executorLabel": "exec-make",
                "outputDefinitions": {
                    "parameters": {"text": TEXT, "number": {"parameterType": "NUMBER_INTEGER"}},
                    "artifacts": {"data": data},
                },
            },
            "comp-use": {
                "executorLabel": "exec-use",
                "inputDefinitions": {
                    "parameters": {"x": TEXT, "y": OPTIONAL, "mode": {**OPTIONAL, "literals": ["fast", "slow"]}}
                },
                "outputDefinitions": {"parameters": {"out": TEXT}},
            },
            "comp-inner": {"executorLabel": "exec-inner", "inputDefinitions": {"artifacts": {"data": data}}},
            "comp-group": {
                "inputDefinitions": {"parameters": {"flag": TEXT}, "artifacts": {"data": data}},
                "dag": {
                    "tasks": {
                        "inner": {
                            "componentRef": {"name": "comp-inner"},
                            "inputs": {"artifacts": {"data": {"componentInputArtifact": "data"}}},
                        }
                    }
                },
            },
        },
        "root": {
            "inputDefinitions": {
                "parameters": {
                    "p": {**TEXT, "defaultValue": "d"},
                    "maybe": OPTIONAL,
                    "items": {**TEXT, "defaultValue": "[]"},
                }
            },
            "dag": {
                "tasks": {
                    "make": {"componentRef": {"name": "comp-make"}},
                    "use": {
                        "componentRef": {"name": "comp-use"},
                        "inputs": {
                            "parameters": {"x": {"taskOutputParameter": {**producer, "outputParameterKey": "text"}}}
                        },
                    },
                    "group": {
                        "componentRef": {"name": "comp-group"},
                        "triggerPolicy": {"condition": "inputs.parameter_values['flag'] == 'go'"},
                        "inputs": {
                            "parameters": {"flag": {"componentInputParameter": "p"}},
                            "artifacts": {"data": {"taskOutputArtifact": {**producer, "outputArtifactKey": "data"}}},
                        },
                    },
                }
            },
        },
    }


def put(spec: Spec, changes: dict[str, Any]) -> Spec:
    """Sets the values at the paths; None removes."""
    spec = copy.deepcopy(spec)
    for path, value in copy.deepcopy(changes).items():
        *parents, last = path.split("/")
        node: Any = spec
        for parent in parents:
            node = node.setdefault(parent, {})
        if value is None:
            del node[last]
        else:
            node[last] = value
    return spec


def check(*documents: Spec) -> None:
    check_kfp(read_plan(documents))
    check_size(documents)


TASKS = "root/dag/tasks"
USE = f"{TASKS}/use"
X = f"{USE}/inputs/parameters/x"
GROUP = f"{TASKS}/group"
INNER = "components/comp-group/dag/tasks/inner"
EXECUTORS = "deploymentSpec/executors"
CONTAINER = f"{EXECUTORS}/exec-use/container"
CONDITION = f"{GROUP}/triggerPolicy/condition"
IMPORTER = {
    "importer": {
        "artifactUri": {"constant": "s3://b/k"},
        "typeSchema": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"},
    }
}
IMPORT = {
    f"{EXECUTORS}/exec-import": IMPORTER,
    "components/comp-import": {
        "executorLabel": "exec-import",
        "outputDefinitions": {
            "artifacts": {"artifact": {"artifactType": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}}}
        },
    },
}
IMPORT_TASK = {"componentRef": {"name": "comp-import"}}
LOOP = {"items": {"inputParameter": "items"}, "itemInput": "x"}
ITEMS = f"{USE}/inputs/parameters/items"
IMAGES = "components/comp-use/inputDefinitions/parameters/items"
RETRY = f"{USE}/retryPolicy"

ROWS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    # caught at upload, most with the words "unknown template format"
    "schema version": ({"schemaVersion": "2.0.0"}, "schemaVersion '2.0.0', expected 2.1.0; compile it by KFP 2", {}),
    "unknown field": (
        {f"{USE}/retries": 3},
        "task use: the task has the field 'retries', which Argosy does not",
        {RETRY: {"maxRetryCount": 3}},
    ),
    "unknown field, deep": (
        {f"{X}/taskOutputParameter/key": "text"},
        "task use: the input 'x' has the field 'key'",
        {},
    ),
    "bad enum": (
        {f"{USE}/triggerPolicy": {"strategy": "ALL_DONE"}},
        "task use: .*strategy 'ALL_DONE'; known: ALL_UP",
        {f"{USE}/triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}},
    ),
    "bad enum of a type": (
        {"components/comp-use/outputDefinitions/parameters/out": {"parameterType": "TEXT"}},
        "task use: .*unknown type 'TEXT'",
        {},
    ),
    "malformed duration": (
        {RETRY: {"maxRetryCount": 1, "backoffDuration": "5 seconds"}},
        "task use: .* duration such as '10s' in",
        {RETRY: {"maxRetryCount": 1, "backoffDuration": "5s"}},
    ),
    # caught when the run is created
    "missing executor": (
        {"components/comp-use/executorLabel": "exec-used"},
        "task use: there is no executor 'exec-used'; did you mean 'exec-use'",
        {},
    ),
    "missing component": (
        {f"{USE}/componentRef/name": "comp-user"},
        "task use: there is no component 'comp-user'; did you mean",
        {},
    ),
    "unknown producer": (
        {f"{X}/taskOutputParameter/producerTask": "made"},
        "task use: needs the task 'made'.*did you mean 'make'",
        {},
    ),
    "unknown dependent task": (
        {f"{USE}/dependentTasks": ["nobody"]},
        "task use: needs the task 'nobody'",
        {f"{USE}/dependentTasks": ["make"]},
    ),
    "cycle": (
        {f"{TASKS}/make/dependentTasks": ["use"]},
        "in a circle: make -> use -> make",
        {f"{TASKS}/group/dependentTasks": ["use"]},
    ),
    "task key with a space": (
        {f"{TASKS}/a task": {"componentRef": {"name": "comp-make"}}},
        "task a task: .* a name has letters",
        {f"{TASKS}/a-task": {"componentRef": {"name": "comp-make"}}},
    ),
    "task key that Argo does not take": (
        {f"{TASKS}/a_task": {"componentRef": {"name": "comp-make"}}},
        "task a_task: .*no name for Argo.*letters, digits",
        {f"{TASKS}/A1": {"componentRef": {"name": "comp-make"}}},
    ),
    "empty DAG": ({"components/comp-group/dag/tasks": {}}, "task group: the DAG has no tasks", {}),
    "artifact iterator": (
        {
            "components/comp-group/inputDefinitions/artifacts/data/isArtifactList": True,
            INNER + "/artifactIterator": {"items": {"inputArtifact": "data"}, "itemInput": "data"},
        },
        "task group/inner: iterates over a list of artifacts.*loop over a list of URIs",
        {ITEMS: {"componentInputParameter": "items"}, IMAGES: TEXT, f"{USE}/parameterIterator": LOOP},
    ),
    "importer under a condition": (
        {**IMPORT, "components/comp-group/dag/tasks/importer": IMPORT_TASK},
        "task group/importer: is an importer under the condition of 'group'.*argosy.components.importer",
        {**IMPORT, f"{TASKS}/importer": IMPORT_TASK},
    ),
    "importer with a composed URI": (
        {
            **IMPORT,
            f"{TASKS}/importer": IMPORT_TASK,
            f"{EXECUTORS}/exec-import/importer/artifactUri": {"constant": "s3://b/{{$.pipeline_job_name}}"},
        },
        "task importer: .*URI is composed of texts.*the whole URI",
        {},
    ),
    "resolver": ({f"{EXECUTORS}/exec-use": {"resolver": {}}}, "task use: .*'resolver'.*; use a container", {}),
    "custom job": ({f"{EXECUTORS}/exec-use": {"customJob": {}}}, "task use: .*'customJob'.*; use a container", {}),
    "constant that is no choice": (
        {f"{USE}/inputs/parameters/mode": {"runtimeValue": {"constant": "fat"}}},
        r"task use: the parameter 'mode' must be one of \['fast', 'slow'\], found 'fat'",
        {f"{USE}/inputs/parameters/mode": {"runtimeValue": {"constant": "fast"}}},
    ),
    "root artifact": (
        {"root/inputDefinitions/artifacts": {"a": {"artifactType": {"schemaTitle": "system.Dataset"}}}},
        "needs the artifact 'a'.*take its URI as a parameter",
        {
            "root/inputDefinitions/artifacts": {
                "a": {"artifactType": {"schemaTitle": "system.Dataset"}, "isOptional": True}
            }
        },
    ),
    # caught by the driver, the run already going
    "malformed condition": (
        {CONDITION: "inputs.parameter_values['flag'] = 'go'"},
        "task group: the condition cannot be understood at char",
        {CONDITION: "!(inputs.parameter_values['flag'] == 'go') && 1 < 2"},
    ),
    "condition over an input that is not there": (
        {CONDITION: "inputs.parameter_values['flags'] == 'go'"},
        "task group: the condition reads 'flags'",
        {},
    ),
    "condition over an input that may be absent": (
        {
            f"{GROUP}/inputs/parameters/flag": {"componentInputParameter": "maybe"},
            "components/comp-group/inputDefinitions/parameters/flag": OPTIONAL,
        },
        "task group: the condition reads 'flag', which has no value where .*give the pipeline's parameter a default",
        {
            f"{GROUP}/inputs/parameters/flag": {"componentInputParameter": "maybe"},
            "root/inputDefinitions/parameters/maybe/defaultValue": "stop",
        },
    ),
    "unwired input": ({f"{USE}/inputs": None}, "task use: the input 'x' is required and nothing feeds it", {}),
    "input fed by an input that is not there": (
        {X: {"componentInputParameter": "q"}},
        "task use: the input 'x' is fed by the parameter 'q', which the pipeline",
        {X: {"componentInputParameter": "p"}},
    ),
    "required input fed by an absent one": (
        {X: {"componentInputParameter": "maybe"}},
        "task use: the required input 'x' is fed by an optional parameter.*a default",
        {f"{USE}/inputs/parameters/y": {"componentInputParameter": "maybe"}},
    ),
    "placeholder to an input that is not there": (
        {f"{CONTAINER}/args": ["{{$.inputs.parameters['z']}}"]},
        "task use: its command reads the input parameter 'z'",
        {},
    ),
    "placeholder to an absent input": (
        {f"{CONTAINER}/args": ["{{$.inputs.parameters['y']}}"]},
        "task use: its command reads the input 'y', which may have no value",
        {f"{CONTAINER}/args": ['{"IfPresent": {"InputName": "y", "Then": ["{{$.inputs.parameters[\'y\']}}"]}}']},
    ),
    "items that are no JSON": (
        {f"{USE}/parameterIterator": {"items": {"raw": "[1,"}, "itemInput": "x"}},
        "task use: the items of .*no JSON",
        {f"{USE}/parameterIterator": {"items": {"raw": "[1, 2]"}, "itemInput": "x"}},
    ),
    "items of a parameter that are no JSON": (
        {
            ITEMS: {"componentInputParameter": "items"},
            IMAGES: TEXT,
            f"{USE}/parameterIterator": LOOP,
            "root/inputDefinitions/parameters/items/defaultValue": "a,b",
        },
        "task use: iterates over 'items', whose items are no JSON: the text 'a,b'; write them as a JSON list",
        {
            ITEMS: {"componentInputParameter": "items"},
            IMAGES: TEXT,
            f"{USE}/parameterIterator": LOOP,
            "root/inputDefinitions/parameters/items/defaultValue": '["a", "b"]',
        },
    ),
    "items that are a number": (
        {
            ITEMS: {"runtimeValue": {"constant": 3}},
            IMAGES: {"parameterType": "NUMBER_INTEGER"},
            f"{USE}/parameterIterator": LOOP,
        },
        "task use: iterates over 'items', which is an integer of 64 bits; a loop needs a list",
        {
            ITEMS: {"runtimeValue": {"constant": [3]}},
            IMAGES: {"parameterType": "LIST"},
            f"{USE}/parameterIterator": LOOP,
        },
    ),
    "cpu limit 'lots'": (
        {f"{CONTAINER}/resources": {"resourceCpuLimit": "lots"}},
        "task use: .* resourceCpuLimit 'lots'; a quantity is",
        {f"{CONTAINER}/resources": {"resourceCpuLimit": "1500m"}},
    ),
    "unit that Kubernetes does not know": (
        {f"{CONTAINER}/resources": {"resourceMemoryLimit": "64K"}},
        "task use: .*'64K', which Kubernetes does not read",
        {f"{CONTAINER}/resources": {"resourceMemoryLimit": "64Ki"}},
    ),
    "request above its limit": (
        {f"{CONTAINER}/resources": {"resourceMemoryRequest": "2G", "resourceMemoryLimit": "1900Mi"}},
        "task use: asks for 2G of memory with a limit of 1900Mi",
        {f"{CONTAINER}/resources": {"resourceMemoryRequest": "2G", "resourceMemoryLimit": "1908Mi"}},
    ),
    "accelerators that are no number": (
        {f"{CONTAINER}/resources": {"accelerator": {"resourceType": "nvidia.com/gpu", "resourceCount": "some"}}},
        "task use: asks for 'some' accelerators",
        {f"{CONTAINER}/resources": {"accelerator": {"resourceType": "nvidia.com/gpu", "resourceCount": "2"}}},
    ),
    # never caught: the run succeeds
    "unknown output": (
        {f"{X}/taskOutputParameter/outputParameterKey": "txt"},
        "task use: the input 'x' is fed by the output 'txt' of the task 'make'.*did you mean 'text'",
        {},
    ),
    "input that is not declared": (
        {f"{USE}/inputs/parameters/z": {"runtimeValue": {"constant": "a"}}},
        "task use: is given the parameter 'z', which its component does not declare",
        {},
    ),
    "placeholder that stays as it stands": (
        {"deploymentSpec/executors/exec-inner/container/args": ["{{$.inputs.artifacts['data'].metadata['k']}}"]},
        r"task group/inner: its command reads the metadata of the input artifact 'data'.*the whole \{\{\$\}\}",
        {"deploymentSpec/executors/exec-inner/container/args": ["{{$.inputs.artifacts['data'].path}}"]},
    ),
    "the run's name in a command": (
        {f"{CONTAINER}/args": ["{{$.pipeline_job_name}}"]},
        "task use: its command reads 'pipeline_job_name'.*parameter",
        {f"{USE}/inputs/parameters/y": {"runtimeValue": {"constant": "{{$.pipeline_job_name}}"}}},
    ),
    "placeholder at the command's beginning": (
        {f"{CONTAINER}/command": ["{{$.inputs.parameters['x']}}"]},
        "task use: its command begins .*move it to the args",
        {f"{CONTAINER}/command": ["echo", "{{$.inputs.parameters['x']}}"]},
    ),
    "concat": (
        {f"{CONTAINER}/args": ['{"Concat": ["a", "{{$.inputs.parameters[\'x\']}}"]}']},
        "task use: .*Concat.*one by one",
        {f"{CONTAINER}/args": ["a", "{{$.inputs.parameters['x']}}"]},
    ),
    "two components in one container": (
        {
            f"{EXECUTORS}/exec-make/container": {"image": "i", "command": ["c"], "args": ["{{$}}"]},
            f"{EXECUTORS}/exec-use/container": {"image": "i", "command": ["c"], "args": ["{{$}}"]},
        },
        "task use: has the same container as the task 'make'.*an argument with the component's name",
        {
            f"{EXECUTORS}/exec-make/container": {"image": "i", "command": ["c"], "args": ["make", "{{$}}"]},
            f"{EXECUTORS}/exec-use/container": {"image": "i", "command": ["c"], "args": ["use", "{{$}}"]},
        },
    ),
    # compiled, not run
    "missing image": ({f"{CONTAINER}/image": None}, "task use: .*has no image", {}),
    "image with capitals": (
        {f"{CONTAINER}/image": "Team/Trainer:v1"},
        "task use: the image 'Team/Trainer:v1' is no name of an image",
        {f"{CONTAINER}/image": "localhost:5000/team/trainer__x:V1.0"},
    ),
    "image with a blank": (
        {f"{CONTAINER}/image": "trainer: v1"},
        "task use: the image",
        {f"{CONTAINER}/image": "i@sha256:" + "0" * 64},
    ),
    "pipeline name with capitals": (
        {"pipelineInfo/name": "Checked"},
        "small letters",
        {"pipelineInfo/name": "checked-2"},
    ),
    "pipeline name with a blank": ({"pipelineInfo/name": "a b"}, "small letters", {}),
    "pipeline name of 300": ({"pipelineInfo/name": "a" * 300}, "at most 128", {"pipelineInfo/name": "a" * 128}),
    "malformed placeholder": (
        {f"{CONTAINER}/args": ["{{$.inputs.parameter['x']}}"]},
        "task use: .*unknown placeholder",
        {f"{CONTAINER}/args": ["{{ $.inputs }} {{x}}"]},
    ),
    "negative retry count": (
        {RETRY: {"maxRetryCount": -1}},
        "task use: retryPolicy needs a whole number",
        {RETRY: {"maxRetryCount": 0}},
    ),
    # larger than the backend takes
    "task of more than one argument": (
        {f"{USE}/inputs/parameters/y": {"runtimeValue": {"constant": "x" * MAX_ARGUMENT}}},
        "task use: its spec.*KFP's backend takes 131071 at most.*the largest task is 'use' .*Move code into a folder",
        {f"{USE}/inputs/parameters/y": {"runtimeValue": {"constant": "x" * (MAX_ARGUMENT - 4000)}}},
    ),
    "tasks of more than one argument together": (
        {
            f"{USE}/inputs/parameters/y": {"runtimeValue": {"constant": "x" * 70_000}},
            X: {"runtimeValue": {"constant": "x" * 50_000}},
            "root/inputDefinitions/parameters/p/defaultValue": "x" * 20_000,
        },
        "the pipeline's root, with every task's constants, takes 14.* the largest task is 'use' with 12",
        {
            f"{USE}/inputs/parameters/y": {"runtimeValue": {"constant": "x" * 70_000}},
            X: {"runtimeValue": {"constant": "x" * 50_000}},
        },
    ),
}
"""What is wrong -> (the change that breaks it, what the refusal says, the near miss: {} is the pipeline itself)."""


def test_the_pipeline_itself_is_accepted() -> None:
    check(pipeline())


@pytest.mark.parametrize("row", ROWS)
def test_what_fails_on_kfp_is_refused(row: str) -> None:
    change, words, _ = ROWS[row]
    with pytest.raises(PipelineError, match=words):
        check(put(pipeline(), change))


@pytest.mark.parametrize("row", ROWS)
def test_its_near_miss_is_accepted(row: str) -> None:
    check(put(pipeline(), ROWS[row][2]))


@pytest.mark.parametrize(
    "row",
    ["artifact iterator", "importer under a condition", "importer with a composed URI", "concat", "image with capitals",
     "condition over an input that may be absent", "two components in one container", "request above its limit"],
)  # fmt: skip
def test_the_embedded_runner_does_not_refuse_what_only_kfp_cannot(row: str) -> None:
    read_plan([put(pipeline(), ROWS[row][0])])


def fields(node: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The path of every mapping in a document."""
    if not isinstance(node, dict):
        return []
    return [path, *(found for key, inside in node.items() for found in fields(inside, (*path, key)))]


def test_an_unknown_field_is_refused_wherever_it_stands() -> None:
    """At upload, KFP says of it no more than "unknown template format"."""
    rich = {
        **IMPORT,
        f"{TASKS}/importer": IMPORT_TASK,
        RETRY: {"maxRetryCount": 1, "backoffDuration": "5s"},
        f"{CONTAINER}/resources": {"accelerator": {"resourceType": "nvidia.com/gpu", "resourceCount": "1"}},
        f"{USE}/cachingOptions": {"enableCache": True},
        f"{USE}/taskInfo": {"name": "use"},
        ITEMS: {"componentInputParameter": "items"},
        IMAGES: TEXT,
        f"{USE}/parameterIterator": LOOP,
    }
    pods = {"exec-use": {"secretAsEnv": [], "podMetadata": {"labels": {}}, "nodeSelector": {"labels": {}}}}
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": pods}}}}
    documents = [put(pipeline(), rich), platform]
    check(*documents)
    free = [("podMetadata", "labels"), ("nodeSelector", "labels")]
    places = [(index, path) for index, document in enumerate(documents) for path in fields(document)]
    assert len(places) > 80
    for index, path in places:
        if path[-2:] in free:
            continue
        changed = json.loads(json.dumps(documents))
        node = changed[index]
        for key in path:
            node = node[key]
        node["surplus"] = 1
        with pytest.raises(PipelineError, match="surplus"):
            check(*changed)


@pytest.mark.parametrize("where", [RETRY, f"{GROUP}/retryPolicy"])
@pytest.mark.parametrize("field", ["backoffDuration", "backoffMaxDuration"])
def test_every_duration_is_read(where: str, field: str) -> None:
    check(put(pipeline(), {where: {"maxRetryCount": 1, field: "3600s"}}))
    with pytest.raises(PipelineError, match=r"duration such as '10s'"):
        check(put(pipeline(), {where: {"maxRetryCount": 1, field: "1h"}}))


def test_the_whole_may_be_too_large_though_no_part_is() -> None:
    spec = pipeline()
    for index in range(10):
        spec["deploymentSpec"]["executors"][f"exec-{index}"] = container(str(index), "x" * 110_000)
        spec["components"][f"comp-{index}"] = {"executorLabel": f"exec-{index}"}
    with pytest.raises(PipelineError, match=r"the compiled pipeline takes 11.* bytes.*the executor 'exec-"):
        check_size([spec])


REFUSED = {
    "artifact_loop": "task for-loop-1: iterates over a list of artifacts",
    "importers": "task importer-2: is an importer whose URI is composed",
    "placeholders_in_commands": "task show: its command has a Concat",
}


@pytest.mark.parametrize("folder", sorted(SUITE.glob("*/pipeline.yaml")), ids=lambda file: file.parent.name)
def test_the_suite_is_accepted_but_for_what_kfp_cannot(folder: Path) -> None:
    documents = list(yaml.safe_load_all(folder.read_text(encoding="utf-8")))
    if words := REFUSED.get(folder.parent.name):
        with pytest.raises(PipelineError, match=words):
            check(*documents)
    else:
        check(*documents)


def test_volume_claims_that_kfp_makes_itself_are_read() -> None:
    spec = put(pipeline(), {f"{CONTAINER}": {"image": "argostub/createpvc"}})
    check(json.loads(json.dumps(spec)))
    with pytest.raises(PipelineError, match="has no command"):
        check(put(spec, {f"{CONTAINER}/image": "other/createpvc"}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2", 2),
        ("+1.5Gi", 1.5 * 2**30),
        (".5", 0.5),
        ("1.", 1),
        ("1E", 10**18),
        ("1e3", 1000),
        ("12E-1", 1.2),
        ("5u", 5e-6),
    ],
)
def test_a_quantity_is_what_kubernetes_reads(text: str, found: float) -> None:
    assert float(quantity(text)) == pytest.approx(found)


@pytest.mark.parametrize(
    "text", ["", "-1", "1/2", "1_000", " 1", "1K", "1 Gi", "Gi", "1e", "1Mii", "1k5", "\u0661", "1\n"]
)
def test_what_only_python_reads_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError):
        quantity(text)
