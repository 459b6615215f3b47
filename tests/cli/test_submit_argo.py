"""`argosy submit --target argo` against a server that answers as a Kubernetes API server: what is sent, what fails."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.argo import ArgoOptions, compile_argo
from argosy.cli.argo_preflight import named_objects, service_accounts
from argosy.cli.compile import compile_pipeline
from argosy.cli.main import main
from argosy.plan import read_plan

pytest.importorskip("kfp", reason="the kfp SDK is not installed")
pytest.importorskip("kubernetes", reason="the kubernetes client is not installed")

WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/team/workflows"
SOURCE = """
from kfp import dsl
from argosy.components import example_gen, statistics_gen

@dsl.pipeline(name="small")
def small(base: str = "s3://bucket/data", ratio: float = 0.5, note: str = "", words: list = []):
    statistics_gen(examples=example_gen(input_base=base).outputs["examples"])
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory) -> Path:
    """The compiled pipeline."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "pipeline.py").write_text(SOURCE)
    (folder / "small.yaml").write_text(yaml.safe_dump_all(compile_pipeline(folder / "pipeline.py")))
    return folder / "small.yaml"


@pytest.fixture
def submit(api_server, spec, capsys):
    """Returns a call that submits the pipeline, and gives (exit code, stdout, stderr)."""

    def call(*arguments: str, root: str = "s3://bucket/runs") -> tuple[int, str, str]:
        where = ["--artifact-root", root] if root else []
        code = main(["submit", str(spec), "--target", "argo", "--poll", "0.01", *where, *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def ended(phase: str = "Succeeded", **node: Any) -> dict[str, Any]:
    """The Workflow `small-1` with one task."""
    task = {
        "id": "small-1-1", "name": "small-1.root.example-gen", "displayName": "example-gen", "type": "Pod",
        "phase": phase, "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:02Z",
        "inputs": {"parameters": [{"name": "argosy-path", "value": "example-gen"}]}, **node,
    }  # fmt: skip
    status = {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:03Z", "nodes": {"small-1-1": task}}
    metadata = {"name": "small-1", "annotations": {"argosy.dev/pipeline": "small", "argosy.dev/metadata": "grpc://m:1"}}
    return {"metadata": metadata, "spec": {}, "status": {"phase": phase, **status}}


def argument(manifest: dict[str, Any], name: str) -> str:
    return str({one["name"]: one["value"] for one in manifest["spec"]["arguments"]["parameters"]}[name])


def test_the_workflow_is_the_one_that_compile_writes(submit, api_server, spec, tmp_path) -> None:
    options = [
        "--registry",
        "registry.example/team",
        "--tag",
        "v2",
        "--service-account",
        "argosy",
        "--namespace",
        "team",
    ]
    code, out, err = submit(*options)
    assert code == 0, err
    assert out == "small-1\n"
    assert "argosy runs --namespace team --follow small-1" in err
    assert "kubectl -n team patch workflow small-1" in err
    written = tmp_path / "workflow.yaml"
    command = ["compile", str(spec), "--target", "argo", "--artifact-root", "s3://bucket/runs", "-o", str(written)]
    assert main([*command, *options]) == 0
    (sent,) = api_server.bodies(WORKFLOWS)
    assert sent == yaml.safe_load(written.read_text())
    assert any("registry.example/team/example-gen:v2" in json.dumps(one) for one in sent["spec"]["templates"])


def test_parameters_arrive_as_the_workflow_reads_them(submit, api_server) -> None:
    code, _, err = submit(
        "--param", "ratio=0.25", "--param", 'words=["a", "b"]', "--param", "note={{x}} $HOME \U0001f427\n"
    )  # fmt: skip
    assert code == 0, err
    (sent,) = api_server.bodies(WORKFLOWS)
    assert json.loads(argument(sent, "ratio")) == 0.25
    assert json.loads(argument(sent, "words")) == ["a", "b"]
    assert argument(sent, "base") == "s3://bucket/data"
    note = argument(sent, "note")
    assert json.loads(note.removeprefix("argosy-json:")) == "{{x}} $HOME \U0001f427\n"
    assert "{{" not in note


def test_a_parameter_that_is_not_given_keeps_its_default(submit, api_server) -> None:
    submit()
    submit("--param", "note=x")
    first, second = api_server.bodies(WORKFLOWS)
    changed = copy.deepcopy(first)
    for one in changed["spec"]["arguments"]["parameters"]:
        if one["name"] == "note":
            one["value"] = "x"
    assert changed == second


def test_waiting_follows_it_to_its_end(submit, api_server) -> None:
    api_server.stages = [ended("Running"), ended("Running"), ended()]
    code, out, err = submit("--wait")
    assert code == 0
    assert out == "small-1\n"
    assert err.splitlines() == [
        "run small-1 of pipeline small",
        "example-gen: running",
        "example-gen: succeeded in 2.0 s",
        "run small-1 succeeded in 3.0 s (1 ran)",
    ]


def test_a_cached_task_is_told_as_one(submit, api_server) -> None:
    told = json.dumps({"cached": True, "reason": "cached from run small-0"})
    api_server.stages = [ended(outputs={"parameters": [{"name": "argosy-report", "value": told}]})]
    _, _, err = submit("--wait")
    assert "example-gen: cached from run small-0" in err.splitlines()
    assert "(1 cached)" in err


@pytest.mark.parametrize(("exit_code", "cause"), [(2, "DataError: no rows"), (3, "anomalies"), (4, "no bucket")])
def test_the_exit_code_is_that_of_a_local_run(submit, api_server, exit_code, cause) -> None:
    api_server.stages = [ended("Failed", message=f"main: Error (exit code {exit_code}): {cause}")]
    code, _, err = submit("--wait")
    assert code == exit_code
    assert any(line.endswith(f"example-gen: {cause}") for line in err.splitlines())


def test_the_report_as_json(submit, api_server) -> None:
    api_server.stages = [ended()]
    code, out, _ = submit("--wait", "--json")
    assert code == 0
    assert json.loads(out)["tasks"][0]["name"] == "example-gen"


def test_a_template_is_made_and_not_followed(submit, api_server) -> None:
    path = WORKFLOWS.replace("workflows", "workflowtemplates")
    api_server.answers["POST", path] = (201, {"metadata": {"name": "small"}})
    code, out, err = submit("--kind", "WorkflowTemplate", "--wait")
    assert (code, out, err) == (0, "small\n", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--param", "ratoi=1"], "did you mean 'ratio'"),
        (["--param", "ratio=much"], "'much' is no"),
        (["--service-account", "nobody"], "no service account 'nobody' in namespace 'team'"),
        (["--store-secret", "store"], "no secret 'store' in namespace 'team'"),
        (["--namespace", "elsewhere"], "kubectl create namespace elsewhere"),
        (["--param", "base=data"], "/data, a path of this machine, which pods cannot see"),
        (["--context", "there"], "no context 'there'; Known: here"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_made(submit, api_server, arguments, words) -> None:
    code, out, err = submit(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert not api_server.bodies(WORKFLOWS)


def test_an_artifact_root_is_needed(submit, api_server) -> None:
    code, _, err = submit(root="")
    assert code == 2
    assert "--artifact-root" in err
    assert not api_server.requests


def test_a_path_in_the_roots_claim_can_be_seen(submit, api_server) -> None:
    api_server.objects["/api/v1/namespaces/team/persistentvolumeclaims/data"] = {}
    code, _, err = submit("--param", "base=/artifacts/csv", root="pvc://data/runs")
    assert code == 0, err
    code, _, err = submit("--param", "base=/elsewhere/csv", root="pvc://data/runs")
    assert code == 2
    assert "task example-gen" in err
    assert "below /artifacts" in err


def test_a_claim_that_is_not_there_is_said(submit, api_server) -> None:
    code, _, err = submit(root="pvc://data/runs")
    assert code == 2
    assert "no persistentvolumeclaim 'data' in namespace 'team'" in err


def test_a_workflow_that_the_server_finds_too_large(submit, api_server) -> None:
    api_server.answers["POST", WORKFLOWS] = (
        500,
        {"kind": "Status", "code": 500, "message": "etcdserver: request is too large"},
    )
    code, _, err = submit()
    assert code == 2
    assert "the Workflow is larger than" in err
    assert "cut the pipeline in two" in err


def test_what_is_looked_for_is_found_in_compiled_workflows() -> None:
    folder = Path(__file__).parents[1] / "pipelines" / "branches"
    options = ArgoOptions(
        artifact_root="pvc://data/x", store_secret="store", pull_secrets=("pull",), service_account="steps"
    )
    manifest = compile_argo(read_plan(folder / "pipeline.yaml"), options)
    assert service_accounts(manifest) == ["steps"]
    found = {(kind, name) for kind, name, _ in named_objects(manifest)}
    assert found == {("persistentvolumeclaim", "data"), ("secret", "store"), ("secret", "pull")}
