"""Every pipeline of tests/pipelines under a real controller: the tasks, states and outputs of the embedded runner.

Several go on at once, because a pod takes seconds to start and waits most of them; not all, because the node of a test
cluster is small.
"""

import functools
import json
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.cli.argo_client import connected, read_workflow
from argosy.cli.argo_follow import with_causes
from argosy.cli.argo_status import run_report
from argosy.cli.compile import compile_pipeline
from argosy.runner.report import RunReport, State

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

MANIFESTS = Path(__file__).parents[2] / "manifests"
FOLDERS = sorted(file.parent for file in (Path(__file__).parents[1] / "pipelines").glob("*/pipeline.yaml"))
AT_ONCE = 4
"""How many Workflows go on at once."""

WORK = "/artifacts/work"
"""Where the tests' Python image works, and where the suite's tasks keep what outlives an attempt."""

BIG = '''
from kfp import dsl

from argosy.components import example_gen


@dsl.container_component
def make(size: int, folder: str, options: dsl.OutputPath(list), text: dsl.OutputPath(str)):
    code = """
import json, os, sys
size, folder, options, text = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
with open(folder + "/rows.csv", "w") as file:
    file.write("a,b\\\\n" + "".join(f"{number},x\\\\n" for number in range(20)))
open(text, "w").write("ü" + "x" * int(size))
json.dump(["--labels=size=" + "x" * int(size)], open(options, "w"))
"""
    args = [size, folder, options, text]
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=args)


@dsl.container_component
def unmoved(text: str, given: str, done: dsl.OutputPath(str)):
    return dsl.ContainerSpec(
        image="argosy/cli:0.1.0",
        command=["python", "-c", "import sys; open(sys.argv[2], 'w').write(sys.argv[1])"],
        args=[given, done],
    )


@dsl.container_component
def hopeless(text: str):
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", "pass"], args=[text])


@dsl.pipeline(name="big")
def big(folder: str, given: str, size: int = 200000) -> str:
    made = make(size=size, folder=folder)
    example_gen(input_base=folder, beam_pipeline_args=made.outputs["options"])
    unmoved(text=made.outputs["text"], given="small")
    unmoved(text=given, given="small too")
    hopeless(text=given)
    return made.outputs["text"]
'''


def states(report: RunReport) -> dict[str, str]:
    return {task.name: "CACHED" if task.cached else str(task.state) for task in report.tasks}


def outputs(report: RunReport, wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    found = {"": report.parameters, **{task.name: task.parameters for task in report.tasks}}
    return {path: {name: found[path].get(name) for name in values} for path, values in wanted.items()}


def errors(report: RunReport) -> str:
    return "\n".join([report.error, *(f"{task.name}: {task.error}" for task in report.tasks if task.error)])


def expectations(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "expected.json").read_text(encoding="utf-8")))


def in_the_pods_folder(folder: Path) -> str:
    """The compiled pipeline; what lies relative to the working directory on one machine has its whole path in pods."""
    text = (folder / "pipeline.yaml").read_text(encoding="utf-8")
    return text.replace("outside", f"{WORK}/outside") if folder.name == "importers" else text


@pytest.fixture(scope="module")
def large_values(cluster, api) -> None:
    """Lets the cluster's controller hand on what is larger than a pod's arguments may be."""
    documents = list(yaml.safe_load_all((MANIFESTS / "argo/controller/large-values.yaml").read_text()))
    for one in api.get("deployments", "-A")["items"]:
        if one["metadata"]["name"] == "workflow-controller":
            account = one["spec"]["template"]["spec"]["serviceAccountName"]
            documents[1]["subjects"][0].update(name=account, namespace=one["metadata"]["namespace"])
    cluster.apply(*documents)


@pytest.fixture(scope="module")
def submit(create_run, claim, large_values) -> Callable[..., str]:
    """Creates a Workflow whose artifacts go to the folder in which its tasks work, and returns its name."""
    root = f"pvc://{claim('artifacts', 'work')}/work"
    return lambda text, arguments, metadata="": create_run(text, arguments, artifact_root=root, metadata=metadata)


def run_all(cluster, starts: Mapping[str, Callable[[], str]], seconds: float) -> dict[str, RunReport]:
    """Returns the reports of Workflows, each made by its function; of what has not ended in time, as far as it is."""
    deadline = time.monotonic() + seconds
    waiting, going = dict(starts), dict[str, str]()
    found: dict[str, RunReport] = {}
    with connected(cluster.namespace) as api:
        while (waiting or going) and time.monotonic() < deadline:
            while waiting and len(going) < AT_ONCE:
                key = next(iter(waiting))
                going[key] = waiting.pop(key)()
            time.sleep(1)
            for key, name in dict(going).items():
                workflow = read_workflow(api, name)
                found[key] = with_causes(api, workflow, run_report(workflow))
                if found[key].state not in (State.PENDING, State.RUNNING):
                    del going[key]
    return found


@pytest.fixture(scope="module")
def metadata_service(metadata) -> str:
    return metadata("sqlite")


@pytest.fixture(scope="module")
def reports(cluster, submit, metadata_service, request, tmp_path_factory) -> dict[str, RunReport]:
    """How each pipeline ended that a test of this session asks for, by its folder's name, and `big`."""
    called = {_parameters(item)["folder"] for item in request.session.items if "folder" in _parameters(item)}
    wanted = [folder for folder in FOLDERS if folder in called or "again" in expectations(folder)]
    wanted.sort(key=lambda folder: -len(expectations(folder)["tasks"]))
    file = tmp_path_factory.mktemp("big") / "pipeline.py"
    file.write_text(textwrap.dedent(BIG))
    text = yaml.safe_dump_all(compile_pipeline(file))
    starts: dict[str, Callable[[], str]] = {
        "big": lambda: submit(text, {"folder": f"{WORK}/big", "given": "é" + "y" * 200_000}),
    }
    for folder in wanted:
        starts[folder.name] = functools.partial(
            submit, in_the_pods_folder(folder), expectations(folder)["arguments"], metadata_service
        )
    return run_all(cluster, starts, 900)


def _parameters(item: pytest.Item) -> Mapping[str, Any]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_pipeline(folder: Path, reports) -> None:
    report, expected = reports[folder.name], expectations(folder)
    if folder.name == "importers":
        expected = json.loads(json.dumps(expected).replace("outside", f"{WORK}/outside"))
    assert states(report) == expected["tasks"], errors(report)
    assert report.state == expected["state"], errors(report)
    assert outputs(report, expected["outputs"]) == expected["outputs"]


def test_a_second_run_is_from_the_cache(cluster, submit, reports, metadata_service) -> None:
    folders = [folder for folder in FOLDERS if "again" in expectations(folder)]
    names = [folder.name for folder in folders]
    again = run_all(
        cluster,
        {
            folder.name: functools.partial(
                submit, in_the_pods_folder(folder), expectations(folder)["arguments"], metadata_service
            )
            for folder in folders
        },
        300,
    )
    assert {name: states(report) for name, report in again.items()} == {
        folder.name: expectations(folder)["again"] for folder in folders
    }
    reasons = {task.reason for report in again.values() for task in report.tasks if task.cached}
    assert reasons == {f"cached from run {reports[name].run_id}" for name in names}


def test_values_of_200_kb_go_from_task_to_task(reports) -> None:
    report = reports["big"]
    assert states(report) == {
        "make": "SUCCEEDED",
        "example-gen": "SUCCEEDED",
        "unmoved": "SUCCEEDED",
        "unmoved-2": "SUCCEEDED",
        "hopeless": "FAILED",
    }, errors(report)
    tasks = {task.name: task for task in report.tasks}
    assert tasks["make"].parameters["text"] == "ü" + "x" * 200_000
    assert tasks["make"].parameters["options"] == ["--labels=size=" + "x" * 200_000]
    assert tasks["unmoved-2"].parameters == {"done": "small too"}


def test_a_program_that_cannot_be_given_so_much_says_so(reports) -> None:
    (task,) = [task for task in reports["big"].tasks if task.name == "hopeless"]
    assert "the command line is too long" in task.error
    assert task.exit_code == 2


def test_no_pod_was_refused_in_a_restricted_namespace(cluster, reports) -> None:
    labels = cluster.get("namespace", cluster.namespace)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert not [report.error for report in reports.values() if "PodSecurity" in report.error]
