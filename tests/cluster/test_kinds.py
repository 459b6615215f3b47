"""Pipelines that are applied once and run later: a WorkflowTemplate, a schedule; and whose account a Pusher's pod has.

All of it goes on at once, because most of the time passes until the schedule's minute is full.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from argosy.argo.workflow import HISTORY, TTL
from argosy.cli.argo_client import connected
from argosy.cli.argo_follow import follow
from argosy.cli.main import main
from argosy.runner import report
from argosy.runner.report import RunReport

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

ECHOES = """
from kfp import dsl


@dsl.container_component
def repeat(word: str, times: int, text: dsl.OutputPath(str)):
    code = "import sys; open(sys.argv[3], 'w', newline='').write(sys.argv[1] * int(sys.argv[2]))"
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=[word, times, text])


@dsl.container_component
def note(status: dsl.PipelineTaskFinalStatus, state: dsl.OutputPath(str)):
    code = "import json, sys; open(sys.argv[2], 'w').write(json.loads(sys.argv[1])['state'])"
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=[status, state])


@dsl.pipeline(name="echoes")
def echoes(word: str = 'so "it" goes, ', times: int = 2):
    with dsl.ExitHandler(note()):
        repeat(word=word, times=times)
"""
HALVES = '''
from kfp import dsl

from argosy.components import pusher


@dsl.container_component
def train(model: dsl.Output[dsl.Model]):
    code = """
import sys
import tensorflow as tf

module = tf.Module()
module.a = tf.Variable(0.5)
half = tf.function(lambda x: {"y": module.a * x}, input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
tf.saved_model.save(module, sys.argv[1] + "/Format-Serving", signatures={"serving_default": half})
"""
    return dsl.ContainerSpec(image="argosy/pusher:0.1.0", command=["python", "-c", code], args=[model.path])


@dsl.container_component
def tell(version: dsl.Input[dsl.Artifact], files: dsl.OutputPath(str)):
    code = "import os, sys; open(sys.argv[2], 'w').write(' '.join(sorted(os.listdir(sys.argv[1]))))"
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=[version.path, files])


@dsl.pipeline(name="halves")
def halves(destination: dict):
    pushed = pusher(model=train().outputs["model"], push_destination=destination)
    with dsl.If(pushed.outputs["pushed"] == True):
        tell(version=pushed.outputs["pushed_model"])
'''
WORD = 'a "new"\n€ '
SECONDS = 30
"""How long the records of the schedule's runs stay."""
TEMPLATE, SCHEDULE, NIGHTLY = "echoes", "echoes-often", "penguins-nightly"


@pytest.fixture(scope="module")
def compiled(cluster, image, store, store_secret, tmp_path_factory) -> Callable[..., str]:
    """Compiles a pipeline for this cluster by the command line; returns the manifest's file."""
    folder = tmp_path_factory.mktemp("compiled")
    registry, _, tag = image("cli").partition("/cli:")
    where = ["--registry", registry, "--tag", tag, "--artifact-root", f"{store.uri}/runs"]
    who = ["--namespace", cluster.namespace, "--store-secret", store_secret, "--service-account", "argosy-steps"]

    def compile_kind(source: str, name: str, kind: str, *options: str) -> str:
        pipeline, manifest = folder / f"{name}.py", folder / f"{name}.yaml"
        for step in ("cli", "pusher"):
            source = source.replace(f"argosy/{step}:0.1.0", image(step))
        pipeline.write_text(source)
        command = ["compile", str(pipeline), "--target", "argo", "-o", str(manifest), "--kind", kind, "--name", name]
        assert main([*command, *where, *who, *options]) == 0
        return str(manifest)

    return compile_kind


@pytest.fixture(scope="module")
def argo(cluster) -> Callable[..., str]:
    """Starts a run of what is there by Argo's own command line, as a person does; returns its name."""
    if not shutil.which("argo"):
        pytest.skip("there is no `argo` on PATH")

    def submit(source: str, **parameters: Any) -> str:
        given = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
        command = ["argo", "--namespace", cluster.namespace, "submit", "--from", source, "-o", "name", *given]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return submit


@pytest.fixture(scope="module")
def runs(cluster, argo, compiled, kustomize, store, tmp_path_factory) -> Mapping[str, RunReport]:
    """How each run ended: of the template, of the schedule by hand and by itself, of manifests/argo's example."""
    cluster("apply", "-f", compiled(ECHOES, TEMPLATE, "WorkflowTemplate"))
    often = ["--schedule", "* * * * *", "--ttl", str(SECONDS)]
    cluster("apply", "-f", compiled(ECHOES, SCHEDULE, "CronWorkflow", *often))
    taken = {"op": "replace", "path": "/spec/workflowSpec/workflowTemplateRef/name", "value": TEMPLATE}
    nightly = kustomize(
        tmp_path_factory.mktemp("nightly"), namespace=cluster.namespace, resources=["argo/overlays/nightly"],
        patches=[{"target": {"kind": "CronWorkflow"}, "patch": json.dumps([taken])}],
    )  # fmt: skip
    cluster("apply", "-k", str(nightly))
    options = ["--pusher-service-account", "argosy-pusher", "--keep-pods", "--ttl", "0", "--deadline", "0"]
    cluster("apply", "-f", compiled(HALVES, "halves", "WorkflowTemplate", *options))
    destination = json.dumps({"filesystem": {"base_directory": f"{store.uri}/models/halves"}})
    going = {
        "template": argo(f"workflowtemplate/{TEMPLATE}", word=WORD, times=3),
        "nightly": argo(f"cronworkflow/{NIGHTLY}", times=0),
        "by hand": argo(f"cronworkflow/{SCHEDULE}", times=1),
        "pusher": argo("workflowtemplate/halves", destination=destination),
    }
    with connected(cluster.namespace) as api:
        found = {"by hand": follow(api, going["by hand"], lambda event: None)}
        cluster.wait_until("the schedule fires", 90, lambda: bool(_fired(cluster, going["by hand"])))
        cluster("patch", "cronworkflow", SCHEDULE, "--type", "merge", "-p", '{"spec": {"suspend": true}}')
        going["by itself"] = min(_fired(cluster, going["by hand"]))
        # Those whose records go soon come first.
        for name in ("by itself", "template", "nightly", "pusher"):
            found[name] = follow(api, going[name], lambda event: None)
    return found


def _fired(cluster, by_hand: str) -> list[str]:
    """Returns the runs that the schedule has begun by itself."""
    items = cluster.get("workflows", "-l", f"workflows.argoproj.io/cron-workflow={SCHEDULE}")["items"]
    return [one["metadata"]["name"] for one in items if one["metadata"]["name"] != by_hand]


@pytest.fixture
def embedded(cli, tmp_path) -> Callable[..., RunReport]:
    """Runs the echoes on this machine."""
    file = tmp_path / "pipeline.py"
    file.write_text(ECHOES)

    def run(**parameters: Any) -> RunReport:
        given = [word for name, value in parameters.items() for word in ("--param", f"{name}={value}")]
        done = cli("run", file, "--root", tmp_path / "root", "--json", *given)
        assert done.returncode == 0, done.stderr
        return report.from_json(json.loads(done.stdout))

    return run


def told(run: RunReport) -> dict[str, Any]:
    """Returns what each task became and gave."""
    return {one.name: (str(one.state), dict(one.parameters)) for one in run.tasks}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("template", {"word": WORD, "times": 3}), ("nightly", {"times": 0}), ("by hand", {"times": 1}), ("by itself", {})],
)
def test_a_run_gives_what_the_embedded_runner_gives(runs, embedded, name: str, parameters: dict[str, Any]) -> None:
    run = runs[name]
    assert str(run.state) == "SUCCEEDED", run.error
    assert run.pipeline == "echoes"
    assert told(run) == told(embedded(**parameters))
    word, times = parameters.get("word", 'so "it" goes, '), parameters.get("times", 2)
    assert told(run)["exit-handler-1/repeat"][1] == {"text": word * times}


def test_a_schedule_is_what_was_compiled_and_its_runs_go_in_time(cluster, runs) -> None:
    spec = cluster.get("cronworkflow", SCHEDULE)["spec"]
    assert spec["schedules"] == ["* * * * *"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["successfulJobsHistoryLimit"] == spec["failedJobsHistoryLimit"] == HISTORY
    assert spec["workflowSpec"]["ttlStrategy"] == dict.fromkeys(TTL, SECONDS)
    gone = [runs[name].run_id for name in ("by hand", "by itself")]
    cluster.wait_until(
        "the records go", SECONDS + 30, lambda: all(cluster.run("get", "workflow", name).returncode for name in gone)
    )
    assert cluster.get("workflow", runs["template"].run_id)["status"]["phase"] == "Succeeded"


def test_people_see_the_runs_of_a_template(cluster, runs, capsys) -> None:
    assert main(["runs", "--namespace", cluster.namespace]) == 0
    listed = capsys.readouterr().out
    for name in ("template", "nightly"):
        (line,) = [line for line in listed.splitlines() if line.startswith(runs[name].run_id)]
        assert " echoes " in line
        assert "2 tasks, 0 cached" in line
    assert main(["explain", "--namespace", cluster.namespace, "--run", runs["template"].run_id]) == 0


def test_the_pushers_pod_and_no_other_has_its_own_account(cluster, runs, store) -> None:
    run = runs["pusher"]
    assert str(run.state) == "SUCCEEDED", run.error
    assert told(run)["pusher"] == ("SUCCEEDED", {"pushed": True})
    assert "saved_model.pb" in told(run)["condition-1/tell"][1]["files"]
    pods = cluster.get("pods", "-l", f"workflows.argoproj.io/workflow={run.run_id}")["items"]
    accounts = {one["metadata"]["annotations"]["argosy.dev/task"]: one["spec"]["serviceAccountName"] for one in pods}
    assert accounts == {"pusher": "argosy-pusher", "train": "argosy-steps", "condition-1/tell": "argosy-steps"}
    assert {one["status"]["phase"] for one in pods} == {"Succeeded"}
    labels = cluster.get("namespace", cluster.namespace)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
