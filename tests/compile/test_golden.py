"""The compiled specs of the quickstart and of pipelines with pods' settings and the user's own components."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.cli.compile import check_for_kfp, compile_pipeline, with_pull_secrets
from argosy.components import GPU_STEPS, relocate, step_name
from argosy.errors import ParameterError
from argosy.plan import read_plan
from argosy.plan.spec import ContainerExecutor, Dag, Plan
from argosy.plan.values import ParameterType
from argosy.runner import image_catalogue

pytest.importorskip("kfp", reason="the kfp SDK is not installed")

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PIPELINES = {
    "penguins": ROOT / "pipelines/penguins",
    "kubernetes_settings": HERE / "kubernetes_settings",
    "mixed": HERE / "mixed",
    "coded": HERE / "coded",
}


def compiled(folder: Path) -> list[dict[str, Any]]:
    """Returns the documents without what differs from one checkout, or one release of KFP's packages, to another."""
    written = compile_pipeline(folder / "pipeline.py")
    version = written[0].pop("sdkVersion").removeprefix("kfp-")
    text = json.dumps(written).replace(str(folder), "/checkout").replace(f"kfp=={version}", "kfp==SDK")
    documents: list[dict[str, Any]] = json.loads(text)
    for executor in executors_of(documents).values():
        for reference in [*executor.get("secretAsEnv", []), *executor.get("configMapAsEnv", [])]:
            if reference.get("optional") is False:
                del reference["optional"]
    return documents


def executors_of(documents: list[dict[str, Any]]) -> dict[str, Any]:
    found = [document["platforms"]["kubernetes"] for document in documents if "platforms" in document]
    return found[0]["deploymentSpec"]["executors"] if found else {}


def body(plan: Plan, task: str) -> ContainerExecutor:
    found = plan.components[plan.dag.tasks[task].component].body
    assert isinstance(found, ContainerExecutor)
    return found


def undescribed(value: Any) -> Any:
    """Returns an interface without the descriptions, which KFP's compiler leaves out of a pipeline."""
    if not isinstance(value, dict):
        return value
    return {key: undescribed(item) for key, item in value.items() if key != "description"}


@pytest.mark.parametrize("name", PIPELINES)
def test_compiled_spec_is_current(name: str) -> None:
    golden = HERE / f"{name}.yaml"
    documents = compiled(PIPELINES[name])
    if os.environ.get("ARGOSY_GOLDEN"):
        golden.write_text(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True), encoding="utf-8")
    assert list(yaml.safe_load_all(golden.read_text(encoding="utf-8"))) == documents, "run `make golden`"


@pytest.mark.parametrize("name", PIPELINES)
def test_kfp_can_run_it(name: str) -> None:
    check_for_kfp(compile_pipeline(PIPELINES[name] / "pipeline.py"))


def test_settings_of_the_pod_stand_in_the_spec() -> None:
    documents = compiled(PIPELINES["kubernetes_settings"])
    executors = {label: spec["container"] for label, spec in documents[0]["deploymentSpec"]["executors"].items()}
    resources = executors["exec-statistics-gen"]["resources"]
    assert resources["resourceCpuRequest"] == "500m"
    assert resources["resourceMemoryLimit"] == "{{$.inputs.parameters['pipelinechannel--memory']}}"
    assert executors["exec-trainer"]["resources"]["accelerator"]["resourceType"] == "nvidia.com/gpu"
    assert executors["exec-example-gen"]["env"] == [{"name": "AWS_ENDPOINT_URL", "value": "http://store:9000"}]
    platform = executors_of(documents)
    assert set(platform["exec-example-gen"]) == {
        "pvcMount", "secretAsEnv", "configMapAsEnv", "secretAsVolume", "configMapAsVolume", "fieldPathAsEnv",
    }  # fmt: skip
    assert set(platform["exec-statistics-gen"]) == {
        "activeDeadlineSeconds", "pvcMount", "podMetadata", "emptyDirMounts",
    }  # fmt: skip
    assert set(platform["exec-trainer"]) == {
        "nodeSelector", "tolerations", "imagePullSecret", "imagePullPolicy", "genericEphemeralVolume",
    }  # fmt: skip


def test_our_components_are_as_they_were_with_settings_around_them() -> None:
    documents = compiled(PIPELINES["kubernetes_settings"])
    for name in ("example_gen", "statistics_gen", "trainer"):
        label = f"exec-{name.replace('_', '-')}"
        container = documents[0]["deploymentSpec"]["executors"][label]["container"]
        kept = yaml.safe_load((ROOT / "components" / name / "component.yaml").read_text(encoding="utf-8"))
        own = kept["deploymentSpec"]["executors"][label]["container"]
        assert {key: container[key] for key in own} == own
        component = f"comp-{name.replace('_', '-')}"
        assert documents[0]["components"][component] == undescribed(kept["components"][component])


def test_the_plan_reads_the_settings() -> None:
    plan = read_plan(compile_pipeline(PIPELINES["kubernetes_settings"] / "pipeline.py"))
    statistics = body(plan, "statistics-gen")
    assert statistics.timeout_seconds == 1800
    assert statistics.resources["resourceCpuLimit"] == "2"
    assert statistics.platform["pvcMount"][0]["mountPath"] == "/scratch"
    retry = plan.dag.tasks["statistics-gen"].retry
    assert retry is not None
    assert (retry.max_retries, retry.backoff_seconds, retry.backoff_max_seconds) == (3, 10.0, 120.0)
    assert body(plan, "trainer").platform["nodeSelector"] == {"labels": {"accelerator": "a100"}}
    assert not plan.dag.tasks["trainer"].cache
    assert body(plan, "createpvc").image == "argostub/createpvc"
    assert plan.root.parameters["memory"].type is ParameterType.STRING


def test_registry_tag_digest_and_pull_secret_are_ours_alone() -> None:
    documents = compile_pipeline(PIPELINES["mixed"] / "pipeline.py")
    digest = "sha256:" + "5" * 64
    relocate(documents[0], registry="ghcr.example:5000/team", tag="v7", digests={"schema-gen": digest})
    documents = with_pull_secrets(documents, ["registry", "registry"])
    plan = check_for_kfp(documents)
    assert body(plan, "example-gen").image == "ghcr.example:5000/team/example-gen:v7"
    assert body(plan, "schema-gen").image == f"ghcr.example:5000/team/schema-gen@{digest}"
    assert body(plan, "write-table").image == "python:3.13-slim"
    assert body(plan, "count-features").image == "argosy/cli:0.1.0"
    for task in ("example-gen", "write-table"):
        assert [secret["secretName"] for secret in body(plan, task).platform["imagePullSecret"]] == ["registry"]


def test_the_image_for_gpus_is_the_one_that_is_built() -> None:
    assert [f"{step}-gpu" for step in GPU_STEPS] == list(image_catalogue.VARIANTS)
    documents = compile_pipeline(PIPELINES["kubernetes_settings"] / "pipeline.py")
    for registry, tag in (("", ""), ("ghcr.example/team", "v7"), ("ghcr.example/team", "v8-gpu")):
        relocate(documents[0], gpu=["trainer"], registry=registry, tag=tag)
        image = body(check_for_kfp(documents), "trainer").image
        assert image == image_catalogue.reference("trainer-gpu", registry=registry, tag=tag.removesuffix("-gpu"))
    digest = "sha256:" + "5" * 64
    relocate(documents[0], gpu=["trainer"], digests={"trainer": digest})
    assert body(check_for_kfp(documents), "trainer").image == f"ghcr.example/team/trainer@{digest}"


@pytest.mark.parametrize(
    ("pipeline", "name", "said"),
    [
        ("kubernetes_settings", "pusher", "no image for GPUs of 'pusher'; Known: trainer"),
        ("mixed", "trainer", "an image for GPUs for 'trainer', which is no step of the pipeline"),
    ],
)
def test_an_image_for_gpus_that_makes_no_sense(pipeline: str, name: str, said: str) -> None:
    documents = compile_pipeline(PIPELINES[pipeline] / "pipeline.py")
    with pytest.raises(ParameterError, match=said):
        relocate(documents[0], gpu=[name])


def test_a_pull_secret_joins_those_that_the_author_set() -> None:
    documents = with_pull_secrets(compiled(PIPELINES["kubernetes_settings"]), ["registry", "other"])
    names = [secret["secretName"] for secret in executors_of(documents)["exec-trainer"]["imagePullSecret"]]
    assert names == ["registry", "other"]
    assert executors_of(documents)["exec-trainer"]["imagePullPolicy"] == "IfNotPresent"


def test_every_step_of_the_quickstart_is_one_of_ours() -> None:
    documents = compiled(PIPELINES["penguins"])
    names = [step_name(executor["container"]) for executor in documents[0]["deploymentSpec"]["executors"].values()]
    assert all(names)
    plan = read_plan(documents)
    assert isinstance(plan.root.body, Dag)
    assert len(names) == len(plan.dag.tasks)
