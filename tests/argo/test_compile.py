"""What the compiler decides, and what it refuses."""

import copy
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from argosy.argo import ArgoOptions, argument_text, compile_argo, to_yaml
from argosy.argo.expression import literal
from argosy.argo.names import input_names, label_value, output_names, parameter_name, task_name
from argosy.argo.options import DAY, LONGEST_SECONDS, artifact_root, check_options
from argosy.argo.pods import retry_strategy
from argosy.argo.references import expression_reads, wrong_references
from argosy.argo.workflow import ENCODED, HISTORY, TTL
from argosy.cli.main import main
from argosy.errors import ParameterError, PipelineError
from argosy.plan import read_plan
from argosy.plan.spec import ArtifactInput, Component, ContainerExecutor, ParameterInput, RetryPolicy
from argosy.plan.values import ParameterType
from argosy.plan.wire import encode
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.inputs import run_context

ROOT = Path(__file__).parents[2]
OPTIONS = ArgoOptions(artifact_root="s3://bucket/runs")


def spec_of(name: str) -> list[dict[str, Any]]:
    folder = ROOT / "tests" / ("compile" if name == "penguins" else "pipelines")
    file = folder / f"{name}.yaml" if name == "penguins" else folder / name / "pipeline.yaml"
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))


def workflow_of(name: str, /, **options: Any) -> dict[str, Any]:
    return compile_argo(read_plan(spec_of(name)), dataclasses.replace(OPTIONS, **options))


def templates_of(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {template["name"]: template for template in manifest["spec"]["templates"]}


def task_of(manifest: dict[str, Any], template: str, task: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in templates_of(manifest)[template]["dag"]["tasks"] if one["name"] == task)
    return found


def containers_of(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for template in manifest["spec"]["templates"]:
        yield from template.get("initContainers", [])
        yield from template.get("sidecars", [])
        if "container" in template:
            yield template["container"]


@pytest.mark.parametrize("name", ["penguins", "importers", "lightweight"])
def test_every_container_is_a_restricted_one(name: str) -> None:
    manifest = workflow_of(name)
    security = manifest["spec"]["securityContext"]
    assert security["runAsNonRoot"]
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    patch = json.loads(manifest["spec"]["podSpecPatch"])
    argos = [*patch["initContainers"], *patch["containers"]]
    assert {container["name"] for container in argos} == {"init", "wait"}
    for container in [*argos, *containers_of(manifest)]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        if "image" in container:
            is_ours = container.get("name") != "user"
            assert container["securityContext"].get("readOnlyRootFilesystem", False) == is_ours
            assert container["command"], "the controller looks for no image's own"


def test_a_users_container_stands_beside_one_of_ours() -> None:
    manifest = workflow_of("lightweight", pod_image="ours:1", artifact_root="gs://b/x", store_secret="store")
    pairs = [template for template in manifest["spec"]["templates"] if "sidecars" in template]
    assert pairs
    for template in pairs:
        [lend], main, [user] = template["initContainers"], template["container"], template["sidecars"]
        assert (lend["image"], main["image"]) == ("ours:1", "ours:1")
        assert user["command"][:3] == ["/argosy/busybox", "sh", "-c"]
        assert "args" not in user
        assert main["args"][-2:] == ["--phase", "around"]
        assert "argosy-store" in {mount["name"] for mount in main["volumeMounts"]}
        assert "argosy-store" not in {mount["name"] for mount in user["volumeMounts"]}, "the store's key is ours alone"
        assert [one["subPath"] for one in user["volumeMounts"] if one["mountPath"] == "/tmp"] == ["tmp-user"]


def test_exit_handlers_of_the_pipeline_run_also_when_it_is_stopped() -> None:
    manifest = workflow_of("exit_handler")
    assert manifest["spec"]["onExit"] == "argosy-exit"
    templates = templates_of(manifest)
    assert [task["name"] for task in templates["exit-handlers"]["dag"]["tasks"]] == ["note"]
    assert "note" not in [task["name"] for task in templates["root"]["dag"]["tasks"]]
    assert "depends" not in templates["exit-handlers"]["dag"]["tasks"][0]
    assert "onExit" not in workflow_of("loops")["spec"]


def test_a_failure_is_not_hidden_by_the_clean_up_after_it() -> None:
    documents = spec_of("exit_handler")
    documents[0]["root"]["dag"]["tasks"]["echo-3"]["dependentTasks"] = ["note"]
    manifest = compile_argo(read_plan(documents), OPTIONS)
    assert "onExit" not in manifest["spec"], "a task waits for it"
    root = templates_of(manifest)["root"]
    assert root["dag"]["target"].split() == [task["name"] for task in root["dag"]["tasks"]]
    assert root["dag"]["failFast"] is False
    note = next(task for task in root["dag"]["tasks"] if task["name"] == "note")
    for end in ("Succeeded", "Failed", "Errored", "Skipped", "Omitted"):
        assert f"exit-handler-1.{end}" in note["depends"]
    assert "target" not in templates_of(workflow_of("loops"))["root"]["dag"]


def test_a_loop_is_a_template_of_its_own_with_its_parallelism() -> None:
    manifest = workflow_of("parallelism")
    loops = [template for template in manifest["spec"]["templates"] if template["name"].endswith("-loop")]
    assert [template.get("parallelism") for template in loops] == [1, 2]
    [item] = loops[1]["dag"]["tasks"]
    assert item["withSequence"]["count"].startswith("{{=len(")


def test_tasks_that_differ_in_cache_or_retries_have_templates_of_their_own() -> None:
    manifest = workflow_of("retries")
    flaky = [template for name, template in templates_of(manifest).items() if name.startswith("flaky")]
    assert [template["retryStrategy"]["limit"] for template in flaky] == ["2", "1", "1"]
    assert "backoff" not in flaky[0]["retryStrategy"], "no wait"
    assert [json.loads(argument(template, "--pod"))["cache"] for template in flaky] == [True, True, True]


def argument(template: dict[str, Any], flag: str) -> str:
    args = template["container"]["args"]
    found: str = args[args.index(flag) + 1]
    return found


@pytest.mark.parametrize(
    ("policy", "backoff"),
    [
        (RetryPolicy(max_retries=3), None),
        (RetryPolicy(max_retries=3, backoff_seconds=10, backoff_max_seconds=40), {"duration": "10s", "factor": "2"}),
        (
            RetryPolicy(max_retries=4, backoff_seconds=10, backoff_max_seconds=40),
            {"duration": "10s", "factor": "1"},
        ),
        (
            RetryPolicy(max_retries=3, backoff_seconds=1, backoff_factor=4.0, backoff_max_seconds=9),
            {"duration": "1s", "factor": "3"},
        ),
        (RetryPolicy(max_retries=2000, backoff_seconds=60), {"duration": "60s", "factor": "1"}),
        (RetryPolicy(max_retries=1, backoff_seconds=60, backoff_max_seconds=5), {"duration": "5s", "factor": "2"}),
        (RetryPolicy(max_retries=2, backoff_seconds=0.5, backoff_factor=1.0), {"duration": "0.5s", "factor": "1"}),
    ],
)
def test_no_wait_is_longer_than_the_longest(policy: RetryPolicy, backoff: dict[str, str] | None) -> None:
    strategy = retry_strategy(policy)
    assert strategy.get("backoff") == backoff, "and no cap, which Argo 3.6 refuses"
    assert (strategy["limit"], strategy["retryPolicy"]) == (str(policy.max_retries), "Always")


def test_pushers_of_one_destination_exclude_one_another() -> None:
    template = templates_of(workflow_of("penguins", pusher_service_account="pusher"))["pusher"]
    assert template["serviceAccountName"] == "pusher"
    [mutex] = template["synchronization"]["mutexes"]
    assert list(expression_reads(mutex["name"])) == ["inputs.parameters.push_destination"]


def test_a_volume_is_mounted_where_the_root_is_one() -> None:
    manifest = workflow_of("penguins", artifact_root="pvc://models/runs/", store_secret="unused")
    assert {"name": "argosy-artifacts", "persistentVolumeClaim": {"claimName": "models"}} in manifest["spec"]["volumes"]
    for container in containers_of(manifest):
        assert {"name": "argosy-artifacts", "mountPath": "/artifacts"} in container["volumeMounts"]
    assert argument(templates_of(manifest)["trainer"], "--root") == "/artifacts/runs"


def test_googles_credentials_are_a_file_and_all_others_variables() -> None:
    google = next(containers_of(workflow_of("penguins", artifact_root="gs://bucket/x", store_secret="store")))
    assert "envFrom" not in google
    assert [
        variable["value"] for variable in google["env"] if variable["name"] == "GOOGLE_APPLICATION_CREDENTIALS"
    ] == ["/var/run/argosy-store/credentials.json"]
    (endpoint,) = [variable["valueFrom"] for variable in google["env"] if variable["name"] == "STORAGE_EMULATOR_HOST"]
    assert endpoint == {"secretKeyRef": {"name": "store", "key": "STORAGE_EMULATOR_HOST", "optional": True}}
    other = next(containers_of(workflow_of("penguins", store_secret="store")))
    assert other["envFrom"] == [{"secretRef": {"name": "store"}}]


def test_the_authority_of_a_metadata_service_is_ours_alone() -> None:
    manifest = workflow_of("lightweight", metadata="grpcs://mlmd.team:443", metadata_secret="mlmd-ca")
    assert {"name": "argosy-metadata", "secret": {"secretName": "mlmd-ca"}} in manifest["spec"]["volumes"]
    for template in (one for one in manifest["spec"]["templates"] if "container" in one):
        main, users = template["container"], template.get("sidecars", [])
        assert argument(template, "--metadata") == "grpcs://mlmd.team:443"
        [file] = [one["value"] for one in main["env"] if one["name"] == "MLMD_CA_FILE"]
        [mount] = [one for one in main["volumeMounts"] if one["name"] == "argosy-metadata"]
        assert file == f"{mount['mountPath']}/ca.crt"
        assert "argosy-metadata" not in str([one["volumeMounts"] for one in users])


def test_limits_of_a_run_can_be_chosen_and_left_out() -> None:
    spec = workflow_of("loops")["spec"]
    assert spec["activeDeadlineSeconds"] == 7 * 86400
    assert spec["ttlStrategy"] == dict.fromkeys(TTL, 7 * 86400)
    assert spec["podGC"] == {"strategy": "OnPodSuccess"}
    assert set(spec["ttlStrategy"]) == {"secondsAfterCompletion", "secondsAfterSuccess", "secondsAfterFailure"}
    # Not left out: a controller's `workflowDefaults` would fill them in.
    free = workflow_of("loops", deadline_seconds=0, ttl_seconds=0, keep_pods=True)["spec"]
    assert free["activeDeadlineSeconds"] == LONGEST_SECONDS
    assert free["ttlStrategy"] == dict.fromkeys(TTL, LONGEST_SECONDS)
    labels = {**free["podMetadata"]["labels"], **workflow_of("loops")["metadata"]["labels"]}
    assert not free["podGC"]["labelSelector"]["matchLabels"].items() <= labels.items(), "no pod is removed"


def test_the_runs_of_a_schedule_stay_for_as_long_as_others() -> None:
    spec = workflow_of("loops", kind="CronWorkflow", schedule="@daily", ttl_seconds=60 * DAY)["spec"]
    assert spec["workflowSpec"]["ttlStrategy"] == dict.fromkeys(TTL, 60 * DAY)
    assert spec["successfulJobsHistoryLimit"] == spec["failedJobsHistoryLimit"] == HISTORY > 60


@pytest.mark.parametrize(("kind", "longest"), [("Workflow", 63), ("WorkflowTemplate", 63), ("CronWorkflow", 52)])
def test_a_name_that_argo_could_not_run_is_refused(kind: str, longest: int) -> None:
    given = {"kind": kind, "schedule": "@daily" if kind == "CronWorkflow" else ""}
    assert workflow_of("loops", name="n" * longest, **given)["metadata"]["name"] == "n" * longest
    with pytest.raises(PipelineError, match=f"has {longest + 1} characters, .* {longest}; give a shorter"):
        workflow_of("loops", name="n" * (longest + 1), **given)


def test_a_tasks_uuid_is_the_same_in_its_input_and_in_its_command() -> None:
    documents = spec_of("loops")
    tasks = documents[0]["components"]["comp-for-loop-2"]["dag"]["tasks"]
    name, task = next((name, task) for name, task in tasks.items() if "inputs" in task)
    parameter = next(iter(task["inputs"]["parameters"]))
    task["inputs"]["parameters"][parameter] = {"runtimeValue": {"constant": "{{$.pipeline_task_uuid}}"}}
    text = to_yaml(compile_argo(read_plan(documents), OPTIONS))
    path = f"inputs.parameters['argosy-path'] + {literal(name)}"
    made = f"sprig.sha256sum(workflow.uid + '/' + {path})[:32]"
    assert made in text.replace("''", "'"), "one for each iteration, whose number is in the path"
    pod = PodTask(spec={}, inputs={}, run="r", uid="u-1", pod_name="p", task=f"for-loop-2[0]/{name}", root="/r")
    digest = hashlib.sha256(f"u-1/for-loop-2[0]/{name}".encode()).hexdigest()
    assert run_context(pod).pipeline_task_uuid == digest[:32]


def test_a_uuid_for_all_iterations_at_once_is_refused() -> None:
    documents = spec_of("loops")
    for component in [documents[0]["root"], *documents[0]["components"].values()]:
        for task in component.get("dag", {}).get("tasks", {}).values():
            if "parameterIterator" in task:
                inputs = task.setdefault("inputs", {}).setdefault("parameters", {})
                inputs["more"] = {"runtimeValue": {"constant": "{{$.pipeline_task_uuid}}"}}
                declared = documents[0]["components"][task["componentRef"]["name"]].setdefault("inputDefinitions", {})
                declared.setdefault("parameters", {})["more"] = {"parameterType": "STRING"}
    assert "take it in a task inside of the loop" in refused(documents)


def test_environment_is_literal() -> None:
    documents = spec_of("environment")
    container = next(iter(documents[0]["deploymentSpec"]["executors"].values()))["container"]
    container["env"] = [
        {"name": "PRICE", "value": "$$5 $(HOME)"},
        {"name": "BRACES", "value": "{{x}}"},
        {"name": "HOME", "value": "/own"},
    ]
    template = templates_of(compile_argo(read_plan(documents), OPTIONS))["show"]
    env = template["sidecars"][0]["env"]
    assert env == [{"name": "PRICE", "value": "$$$$5 $$(HOME)"}, {"name": "HOME", "value": "/own"}]
    told = json.loads(argument(template, "--pod"))["executor"]["container"]["env"]
    assert {variable["name"]: variable["value"] for variable in told}["BRACES"] == "{{x}}", "the pod sets it"


def refused(documents: list[dict[str, Any]], **options: Any) -> str:
    with pytest.raises(PipelineError) as caught:
        compile_argo(read_plan(documents), dataclasses.replace(OPTIONS, **options))
    return str(caught.value)


def test_a_claim_that_the_pipeline_makes_is_refused() -> None:
    file = ROOT / "tests/compile/kubernetes_settings.yaml"
    message = refused(list(yaml.safe_load_all(file.read_text(encoding="utf-8"))))
    assert message == (
        "task createpvc: is a createpvc of kfp-kubernetes, which this target does not do; "
        "make the claim beforehand and mount it by its name"
    )


def test_a_fraction_as_factor_is_refused_naming_the_task_in_its_group() -> None:
    documents = spec_of("loops")
    tasks = documents[0]["components"]["comp-for-loop-2"]["dag"]["tasks"]
    name = next(iter(tasks))
    tasks[name]["retryPolicy"] = {"maxRetryCount": 1, "backoffDuration": "1s", "backoffFactor": 1.5}
    assert refused(documents).startswith(f"task for-loop-2/{name}: has a back-off factor of 1.5, and Argo takes whole")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("image", "No Image", "is no name of an image"),
        ("resources", {"resourceCpuRequest": "2", "resourceCpuLimit": "1"}, "with a limit of 1"),
        ("image", "{{$.inputs.artifacts['data'].uri}}", "reads"),
    ],
)
def test_settings_that_make_no_pod_are_refused(field: str, value: Any, words: str) -> None:
    documents = spec_of("environment")
    next(iter(documents[0]["deploymentSpec"]["executors"].values()))["container"][field] = value
    assert words in refused(documents)


def test_a_pipeline_that_needs_an_artifact_is_refused() -> None:
    documents = spec_of("environment")
    kind = {"artifactType": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}}
    documents[0]["root"]["inputDefinitions"] = {"artifacts": {"data": kind}}
    assert "take its URI as a parameter" in refused(documents)


def test_a_schedule_needs_every_value() -> None:
    documents = spec_of("nasty_strings")
    assert "'struct' has no default" in refused(documents, kind="CronWorkflow", schedule="@daily") or (
        "'texts' has no default" in refused(documents, kind="CronWorkflow", schedule="@daily")
    )


def test_a_workflow_over_the_size_names_its_largest_template() -> None:
    documents = spec_of("environment")
    container = next(iter(documents[0]["deploymentSpec"]["executors"].values()))["container"]
    container["command"] = ["python", "-c", "#" * 1_100_000]
    message = refused(documents)
    assert "a cluster takes 1000000 at most" in message
    assert "most of it is the template 'show', with 11" in message


def test_braces_in_a_label_are_refused() -> None:
    documents = spec_of("environment")
    label = next(iter(documents[0]["deploymentSpec"]["executors"]))
    executors = {label: {"podMetadata": {"annotations": {"note": "{{nothing}}"}}}}
    documents.append({"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}})
    assert "reads nothing, which Argo could not resolve" in refused(documents)


OPTIONS_REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"artifact_root": "bucket/runs"}, "write s3://BUCKET/FOLDER"),
    ({"artifact_root": "http://bucket/runs"}, "write s3://BUCKET/FOLDER"),
    ({"artifact_root": "pvc://My_Claim/runs"}, "a claim's name"),
    ({"artifact_root": "s3://bucket/{{x}}"}, "as it stands"),
    ({"kind": "CronWorkflow"}, "--schedule goes with"),
    ({"schedule": "@daily"}, "--schedule goes with"),
    ({"kind": "CronWorkflow", "schedule": "every night"}, "five fields"),
    ({"metadata": "metadata:8080"}, "grpc://HOST:PORT"),
    ({"metadata": "grpc://m:1", "metadata_secret": "ca"}, "--metadata-secret goes with"),
    ({"service_account": "Steps"}, "--service-account 'Steps'"),
    ({"pull_secrets": ("a b",)}, "--pull-secret a b"),
    ({"deadline_seconds": -1}, "--deadline -1: up to 2147483647 seconds"),
    ({"ttl_seconds": 2**31}, "--ttl 2147483648: up to 2147483647 seconds"),
)


@pytest.mark.parametrize(("changed", "words"), OPTIONS_REFUSED)
def test_options_that_are_wrong_say_how_to_write_them(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(words)):
        check_options(dataclasses.replace(OPTIONS, **changed))


def mutated(change: str) -> dict[str, Any]:
    spec: dict[str, Any] = copy.deepcopy(workflow_of("collected")["spec"])
    templates = {template["name"]: template for template in spec["templates"]}
    task = next(task for task in templates["root"]["dag"]["tasks"] if "depends" in task)
    leaf = next(template for template in templates.values() if "sidecars" in template)
    match change:
        case "an entry point that there is not":
            spec["entrypoint"] = "nothing"
        case "a template that there is not":
            task["template"] = "nothing"
        case "an input too few":
            task["arguments"]["parameters"].pop()
        case "an input too many":
            task["arguments"]["parameters"].append({"name": "more", "value": ""})
        case "an input twice":
            task["arguments"]["parameters"].append(dict(task["arguments"]["parameters"][-1]))
        case "a dependency that there is not":
            task["depends"] += " && nothing.Succeeded"
        case "an output that comes later":
            del task["depends"]
        case "an output that there is not":
            name = task["depends"].split(".")[0]
            task["when"] = f"{{{{=tasks['{name}'].outputs.parameters['nothing'] == '1'}}}}"
        case "an item without a loop":
            task["when"] = "{{=item == '1'}}"
        case "an input that is not declared":
            leaf["inputs"]["parameters"].pop()
        case "an output of nothing":
            templates["root"]["outputs"]["parameters"][0]["valueFrom"]["expression"] = "tasks['nothing'].status"
        case "a parameter of the workflow that there is not":
            templates["argosy-pipeline"]["dag"]["tasks"][0]["arguments"]["parameters"][0]["value"] = (
                "{{workflow.parameters.no}}"
            )
        case "a name that Argo does not provide":
            leaf["metadata"]["annotations"]["x"] = "{{workflow.nam}}"
        case "a volume that there is not":
            leaf["container"]["volumeMounts"][0]["name"] = "nothing"
        case "a volume that there is not beside it":
            leaf["sidecars"][0]["volumeMounts"].append({"name": "own", "mountPath": "/x"})
    return spec


@pytest.mark.parametrize(
    "change",
    [
        "an entry point that there is not", "a template that there is not", "an input too few", "an input too many",
        "an input twice", "a dependency that there is not", "an output that comes later",
        "an output that there is not", "an item without a loop", "an input that is not declared",
        "an output of nothing", "a parameter of the workflow that there is not", "a name that Argo does not provide",
        "a volume that there is not", "a volume that there is not beside it",
    ],
)  # fmt: skip
def test_a_broken_reference_is_found(change: str) -> None:
    assert list(wrong_references(mutated("nothing"))) == []
    assert list(wrong_references(mutated(change))) != []


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}", fullmatch=True)


@given(st.lists(NAMES, unique=True, max_size=8))
def test_names_stay_different_and_are_what_argo_takes(given_names: list[str]) -> None:
    for mangled, form in ((task_name, r"[a-zA-Z][-a-zA-Z0-9]{0,127}"), (parameter_name, r"[-a-zA-Z0-9_]+")):
        found = [mangled(name) for name in given_names]
        assert len(set(found)) == len(given_names)
        assert all(re.fullmatch(form, name) for name in found)
        # What a name becomes is no name that another could have had from the beginning.
        assert all(mangled(after) != after or before == after for before, after in zip(given_names, found, strict=True))


def test_a_parameter_and_an_artifact_of_one_name_are_two_inputs() -> None:
    component = Component(
        name="comp",
        body=ContainerExecutor(label="exec", image="x", command=("x",)),
        parameters={
            "data": ParameterInput(type=ParameterType.STRING),
            "a.b": ParameterInput(type=ParameterType.STRING),
        },
        artifacts={"data": ArtifactInput(title="system.Dataset")},
    )
    names = input_names(component)
    assert names["parameter", "data"] == "data"
    assert len(set(names.values())) == 3
    assert output_names(component) == {}


def test_a_long_pipeline_name_is_still_a_label() -> None:
    assert re.fullmatch(r"[-a-z0-9]{1,63}", label_value("p" * 128))
    assert label_value("short") == "short"


@given(st.text())
def test_a_text_on_the_wire_is_the_same_json_and_nothing_for_others(text: str) -> None:
    wire = encode({"text": text})
    assert json.loads(wire) == {"text": text}
    assert not any(taken in wire for taken in ("{{", "$", "\x7f"))
    assert wire.isascii()
    argument_value = argument_text(text, ParameterType.STRING)
    plain = argument_value.removeprefix(ENCODED)
    assert (json.loads(plain) if plain != argument_value else argument_value) == text
    assert argument_value, "the empty argument means no value"


def test_yaml_is_the_same_for_every_reader() -> None:
    tricky = {
        "n": ["n", "y", "1e3", "0o7", "1_000", "null", "~", "a: b", "# c", "line\nend", "é", "true", "12:30", "="]
    }
    text = to_yaml(tricky)
    assert yaml.safe_load(text) == tricky
    assert text.isascii()
    assert "- 'n'" in text
    assert "- '1e3'" in text


@pytest.mark.parametrize(
    ("uri", "root"), [("s3://b", "s3://b"), ("pvc://c", "/artifacts"), ("gs://b/x/y/", "gs://b/x/y")]
)
def test_roots(uri: str, root: str) -> None:
    assert artifact_root(uri).uri == root


def test_the_command_line_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = ROOT / "tests/pipelines/loops/pipeline.yaml", tmp_path / "workflow.yaml"
    call = ["compile", str(source), "--target", "argo", "-o", str(target)]
    assert main(call) == 2
    assert "--target argo needs --artifact-root" in capsys.readouterr().err
    assert main([*call, "--artifact-root", "s3://b/x", "--namespace", "team", "--kind", "CronWorkflow",
                 "--schedule", "0 3 * * *", "--registry", "r.example", "--tag", "v1"]) == 0  # fmt: skip
    manifest = yaml.safe_load(target.read_text(encoding="ascii"))
    assert (manifest["kind"], manifest["metadata"]["namespace"]) == ("CronWorkflow", "team")
    assert manifest["spec"]["schedules"] == ["0 3 * * *"]
    images = {
        container["image"]
        for template in manifest["spec"]["workflowSpec"]["templates"]
        for container in (*template.get("sidecars", []), template.get("container", {}))
        if container
    }
    assert images == {"r.example/importer:v1", "argosy/cli:0.1.0"}


def test_penguins_passes_its_options_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("kfp", reason="the kfp SDK is not installed")
    target, digest = tmp_path / "workflow.yaml", "sha256:" + "5" * 64
    assert main(["compile", str(ROOT / "pipelines/penguins"), "--target", "argo", "-o", str(target),
                 "--artifact-root", "pvc://claim", "--metadata", "grpc://m:8080", "--digest", f"trainer={digest}",
                 "--digest", f"importer={digest}", "--pull-secret", "registry"]) == 0  # fmt: skip
    assert "a cluster's pods cannot" in capsys.readouterr().err
    manifest = yaml.safe_load(target.read_text(encoding="ascii"))
    assert manifest["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    assert manifest["metadata"]["annotations"]["argosy.dev/metadata"] == "grpc://m:8080"
    assert templates_of(manifest)["trainer"]["container"]["image"] == f"argosy/trainer@{digest}"
