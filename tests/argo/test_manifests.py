"""What the suite's pipelines become as Workflows: as they were, and sound in every way that needs no cluster."""

import copy
import dataclasses
import functools
import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.argo import ArgoOptions, compile_argo, to_yaml
from argosy.argo.references import wrong_references
from argosy.plan import read_plan

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPECS = {
    **{file.parent.name: file for file in sorted(ROOT.glob("tests/pipelines/*/pipeline.yaml"))},
    **{file.stem: file for file in sorted(ROOT.glob("tests/compile/*.yaml"))},
}
MADE_CLAIMS = "kubernetes_settings"
"""A pipeline that makes a volume claim and deletes it, which this target does not: here it mounts one that is there."""
OPTIONS = ArgoOptions(
    artifact_root="s3://bucket/runs",
    metadata="grpc://metadata:8080",
    service_account="steps",
    pusher_service_account="pusher",
    store_secret="store",
    pull_secrets=("registry",),
    namespace="team",
    pod_image="argosy/importer:0.1.0",
)
FORMS = {
    "Workflow": OPTIONS,
    "WorkflowTemplate": dataclasses.replace(OPTIONS, kind="WorkflowTemplate", artifact_root="pvc://claim/runs"),
    "CronWorkflow": dataclasses.replace(
        OPTIONS, kind="CronWorkflow", schedule="0 3 * * *", timezone="Europe/Berlin", artifact_root="gs://bucket/runs"
    ),
}
SCHEMAS = os.environ.get("ARGOSY_ARGO_SCHEMAS", "")


def documents_of(name: str) -> list[dict[str, Any]]:
    documents = list(yaml.safe_load_all(SPECS[name].read_text(encoding="utf-8")))
    if name == MADE_CLAIMS:
        tasks = documents[0]["root"]["dag"]["tasks"]
        for task in ("createpvc", "deletepvc"):
            del tasks[task]
        for task in tasks.values():
            task["dependentTasks"] = [other for other in task.get("dependentTasks", []) if other in tasks]
        executor = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]["exec-statistics-gen"]
        executor["pvcMount"] = [{"mountPath": "/scratch", "pvcNameParameter": {"componentInputParameter": "claim"}}]
        documents[0]["root"]["inputDefinitions"]["parameters"]["claim"] = {"parameterType": "STRING"}
    return documents


@functools.cache
def text_of(name: str, form: str = "Workflow") -> str:
    return to_yaml(compile_argo(read_plan(documents_of(name)), FORMS[form]))


def manifest_of(name: str, form: str = "Workflow") -> dict[str, Any]:
    manifest: dict[str, Any] = yaml.safe_load(text_of(name, form))
    return manifest


def cases() -> list[Any]:
    """Every pipeline as a Workflow, and one with all there is as the other kinds."""
    return [(name, "Workflow") for name in SPECS] + [("penguins", form) for form in FORMS if form != "Workflow"]


@pytest.mark.parametrize("name", SPECS)
def test_manifest_is_current(name: str) -> None:
    golden = HERE / "golden" / f"{name}.yaml"
    # Our own version stands in an annotation, and is not what this is about.
    text = "".join(line for line in text_of(name).splitlines(keepends=True) if "argosy.dev/version" not in line)
    if os.environ.get("ARGOSY_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="ascii")
    assert golden.read_text(encoding="ascii") == text, "run `make golden`"


@pytest.mark.parametrize(("name", "form"), cases())
def test_every_reference_is_declared(name: str, form: str) -> None:
    spec = manifest_of(name, form)["spec"]
    assert list(wrong_references(spec.get("workflowSpec", spec))) == []


@pytest.mark.parametrize(("name", "form"), cases())
def test_strict_schema_of_every_version(name: str, form: str) -> None:
    from jsonschema import Draft202012Validator

    manifest = manifest_of(name, form)
    for file, schema in strict_schemas():
        errors = [
            f"{file}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in Draft202012Validator(schema[form]).iter_errors(manifest)
        ]
        assert errors == []


@pytest.mark.parametrize(("name", "form"), cases())
def test_argo_finds_nothing(name: str, form: str, tmp_path: Path) -> None:
    if shutil.which("argo") is None:
        pytest.skip("there is no `argo` on PATH")
    file = tmp_path / "manifest.yaml"
    file.write_text(text_of(name, form), encoding="ascii")
    done = subprocess.run(["argo", "lint", "--offline", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "form"), cases())
def test_hera_reads_it_without_loss(name: str, form: str) -> None:
    models = pytest.importorskip("hera.workflows.models", reason="hera is not installed")
    manifest = manifest_of(name, form)
    read = getattr(models, form).model_validate(manifest)
    again = json.loads(read.model_dump_json(by_alias=True, exclude_none=True, exclude_unset=True))
    assert again == manifest


def test_goldens_have_no_strangers() -> None:
    assert {file.stem for file in (HERE / "golden").glob("*.yaml")} == set(SPECS)


@functools.cache
def strict_schemas() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Returns Argo's schemas with every unknown field refused: file name -> kind -> schema."""
    if not SCHEMAS:
        pytest.skip("ARGOSY_ARGO_SCHEMAS names no folder of Argo's JSON schemas (workflow-schema-v*.json.gz)")
    files = sorted(Path(SCHEMAS).glob("workflow-schema-v*.json.gz"))
    assert files, f"no workflow-schema-v*.json.gz in {SCHEMAS}"
    found = []
    for file in files:
        schema = json.loads(gzip.decompress(file.read_bytes()))
        for definition in schema["definitions"].values():
            if "properties" in definition:
                definition["additionalProperties"] = False
        schema.pop("oneOf")
        kinds = {form: f"#/definitions/io.argoproj.workflow.v1alpha1.{form}" for form in FORMS}
        found.append((file.name, {form: {**schema, "$ref": reference} for form, reference in kinds.items()}))
    return tuple(found)


MANIFESTS = ROOT / "manifests" / "argo"


def hand_written() -> dict[str, dict[str, Any]]:
    """Returns what manifests/argo has for Argo, and no kustomization checks: name -> manifest."""
    settings = yaml.safe_load((MANIFESTS / "controller/workflow-defaults.yaml").read_text(encoding="utf-8"))
    defaults = yaml.safe_load(settings["data"]["workflowDefaults"])
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "defaults"}}
    return {
        "nightly": yaml.safe_load((MANIFESTS / "overlays/nightly/cron-workflow.yaml").read_text(encoding="utf-8")),
        "defaults": {**head, **defaults},
    }


@pytest.mark.parametrize("name", ["nightly", "defaults"])
@pytest.mark.parametrize("is_broken", [False, True])
def test_strict_schema_of_what_is_written_by_hand(name: str, is_broken: bool) -> None:
    from jsonschema import Draft202012Validator

    manifest = hand_written()[name]
    if is_broken:
        manifest["spec"]["paralellism"] = 1
    for file, schema in strict_schemas():
        errors = [error.message for error in Draft202012Validator(schema[manifest["kind"]]).iter_errors(manifest)]
        assert bool(errors) == is_broken, (file, errors)


def test_a_strict_schema_refuses_what_a_lenient_one_takes() -> None:
    from jsonschema import Draft202012Validator

    manifest = copy.deepcopy(manifest_of("loops"))
    manifest["spec"]["templates"][1]["dag"]["failfast"] = True
    for _, schema in strict_schemas():
        assert not Draft202012Validator(schema["Workflow"]).is_valid(manifest)
