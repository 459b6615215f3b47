"""What KFP's backend refuses only when a run is created, finds when it is under way, or never: refused before.

These are refusals of that one target. The embedded runner does what is refused here, except where it is said.
"""

import re

from argosy.errors import PipelineError, located
from argosy.plan.check_kfp_inputs import check_inputs
from argosy.plan.check_kfp_resources import check_resources
from argosy.plan.placeholders import has_placeholder
from argosy.plan.spec import ArtifactItems, Component, ContainerExecutor, ImporterExecutor, Plan, RuntimeText
from argosy.plan.walk import Place, lineage, places

MAX_TASK_NAME = 121
"""Argo's 128, less the `-driver` that KFP appends."""


def check_kfp(plan: Plan) -> None:
    """Returns if KFP's backend can run the pipeline, with the parameters that have defaults left at them.

    Raises:
        PipelineError: It cannot; the message names the task and what to do instead.
    """
    _check_root(plan)
    for place in places(plan):
        with located(task=place.path):
            _check_name(place.task.name)
            _check_iterator(place)
            _check_importer(place)
            check_inputs(place)
            if isinstance(place.component.body, ContainerExecutor):
                check_image(place.component.body.image)
                check_resources(place.component.body)
    _check_twins(plan)


def _check_root(plan: Plan) -> None:
    for name, declared in plan.root.artifacts.items():
        if not declared.optional:
            raise PipelineError(
                f"the pipeline needs the artifact {name!r}, and KFP has no way to hand one to a run; "
                "take its URI as a parameter and give it to an importer"
            )


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-zA-Z0-9][-a-zA-Z0-9]*", name) or len(name) > MAX_TASK_NAME:
        raise PipelineError(
            f"the task's key {name!r} is no name for Argo, which KFP runs on: "
            f"letters, digits and '-', at most {MAX_TASK_NAME} of them"
        )


def _check_iterator(place: Place) -> None:
    iterator = place.task.iterator
    if iterator is not None and isinstance(iterator.items, ArtifactItems):
        raise PipelineError(
            "iterates over a list of artifacts, which KFP's backend does not implement; loop over a list of URIs, "
            "or give the whole list to one component. The embedded runner can do it"
        )


def _check_importer(place: Place) -> None:
    body = place.component.body
    if not isinstance(body, ImporterExecutor):
        return
    if body.unresolved or isinstance(body.artifact_uri, RuntimeText):
        raise PipelineError(
            "is an importer whose URI is composed of texts, which KFP's backend does not resolve; give it a parameter "
            "or an output that is the whole URI, or use the step `argosy.components.importer`"
        )
    if has_placeholder(dict(body.metadata)):
        raise PipelineError(
            "is an importer with metadata that holds a value of the run, which KFP's backend records unresolved; "
            "write constants there. The embedded runner can do it"
        )
    conditional = next((at.path for at in lineage(place) if at.task.condition is not None), None)
    if conditional is not None:
        raise PipelineError(
            f"is an importer under the condition of {conditional!r}, which KFP's backend refuses; use the step "
            "`argosy.components.importer`, which runs as a container, or import before the condition. "
            "The embedded runner can do it"
        )


_HOST = r"(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?(?::\d+)?/)?"
_PATH = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
_IMAGE = re.compile(rf"{_HOST}{_PATH}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?")


def check_image(image: str) -> None:
    """Returns if a node can pull an image of this name.

    Raises:
        PipelineError: It is no name of an image.
    """
    if not has_placeholder(image) and not _IMAGE.fullmatch(image):
        raise PipelineError(
            f"the image {image!r} is no name of an image, its pod would wait for ever; "
            "write it as registry/name:tag or registry/name@sha256:..., the name in small letters"
        )


def _check_twins(plan: Plan) -> None:
    """KFP's compiler files components under their container alone: the second would get the interface of the first."""
    first: dict[str, tuple[str, Component]] = {}
    for place in places(plan):
        body = place.component.body
        if not isinstance(body, ContainerExecutor):
            continue
        container = repr((body.image, body.command, body.args, sorted(body.env.items()), body.resources))
        path, twin = first.setdefault(container, (place.path, place.component))
        if _interface(twin) != _interface(place.component):
            with located(task=place.path):
                raise PipelineError(
                    f"has the same container as the task {path!r} and other inputs or outputs; KFP's backend would "
                    "take one for the other. Make them differ, for example by an argument with the component's name"
                )


def _interface(component: Component) -> tuple[object, ...]:
    return component.parameters, component.artifacts, component.output_parameters, component.output_artifacts
