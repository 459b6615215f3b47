"""The template of a task that is a pod: one of our steps, an import, or a user's container beside one of ours."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from argosy.argo import binding, dynamic, names, pods
from argosy.argo import expression as expr
from argosy.argo.containers import STUBS, containers_around, own_container
from argosy.argo.options import ArgoOptions, artifact_root
from argosy.argo.resources import resource_patch
from argosy.argo.scope import Scope
from argosy.argo.settings import Settings, read_settings
from argosy.plan.check_kfp import check_image
from argosy.plan.check_kfp_resources import check_resources
from argosy.plan.placeholders import placeholders_of
from argosy.plan.render import texts_of
from argosy.plan.spec import ContainerExecutor, ImporterExecutor, Trigger
from argosy.plan.wire import encode

OUTPUTS = "/tmp/argosy/outputs"
END_SECONDS = 600
"""How long a pod may take besides its step: pulling the image, and ending the step when its time is up."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Extra:
    """An input of a leaf's template that its component does not declare.

    Attributes:
        name: The Argo parameter.
        value: What the task gives it, as an expression.
        input: The spec's name where the pod is to have it as an input; empty for a setting of the pod.
    """

    name: str
    value: str
    input: str = ""


def extras(at: Scope, values: Mapping[str, str]) -> tuple[Extra, ...]:
    """Returns the inputs that the leaf's template has besides those of its component.

    Args:
        at: The task.
        values: Wire texts of the task's undeclared parameters.

    Raises:
        PipelineError: A setting of the pod reads what it cannot.
    """
    body = at.component.body
    read = _undeclared(at) if isinstance(body, ContainerExecutor) else ()
    inputs = tuple(Extra(name=names.parameter_name(name), value=values[name], input=name) for name in read)
    return inputs + tuple(Extra(name=name, value=value) for name, value in dynamic.settings(at).values())


def leaf_template(at: Scope, pipeline: str, options: ArgoOptions, given: tuple[Extra, ...]) -> dict[str, Any]:
    """Returns the template, without its name.

    Args:
        at: The task.
        pipeline: The pipeline's name.
        options: What the person chose.
        given: Inputs besides those of the component.

    Raises:
        PipelineError: Argo cannot do what the task asks for.
    """
    body = at.component.body
    assert isinstance(body, ContainerExecutor | ImporterExecutor)
    settings = _settings(at, body)
    fields: dict[str, Any] = {
        "inputs": {"parameters": [{"name": name} for name in _inputs(at, given)]},
        "outputs": {"parameters": _outputs(at)},
        **_frame(at, settings, options),
    }
    call = _call(at, pipeline, options, given)
    if isinstance(body, ContainerExecutor) and not body.image.startswith(STUBS):
        check_image(body.image)
        check_resources(body)
    if isinstance(body, ImporterExecutor) or is_argosy(body):
        fields["container"] = own_container(at, settings, options, call)
    else:
        fields.update(containers_around(at, body, settings, options, call))
    patch = resource_patch(at, "user" if "sidecars" in fields else "main")
    return {**fields, **({"podSpecPatch": patch} if patch else {})}


def is_argosy(body: ContainerExecutor) -> bool:
    """Returns whether a container runs one of our steps."""
    return "argosy.run" in body.command


def is_pusher(body: object) -> bool:
    """Returns whether a container runs the Pusher."""
    if not isinstance(body, ContainerExecutor) or not is_argosy(body) or "--component" not in body.args[:-1]:
        return False
    return body.args[body.args.index("--component") + 1] == "pusher"


def _inputs(at: Scope, given: tuple[Extra, ...]) -> list[str]:
    return [names.PATH, *names.input_names(at.component).values(), *(extra.name for extra in given)]


def _outputs(at: Scope) -> list[dict[str, Any]]:
    files = [*names.output_names(at.component).values()]
    outputs = [{"name": name, "valueFrom": {"path": f"{OUTPUTS}/{name}", "default": "null"}} for name in files]
    return [*outputs, {"name": names.REPORT, "valueFrom": {"path": f"{OUTPUTS}/{names.REPORT}", "default": "{}"}}]


def _frame(at: Scope, settings: Settings, options: ArgoOptions) -> dict[str, Any]:
    body = at.component.body
    fields = dict(settings.template)
    metadata = fields.pop("metadata", {})
    annotations = {**metadata.get("annotations", {}), "argosy.dev/task": expr.tag(expr.own_input(names.PATH))}
    fields["metadata"] = {**metadata, "annotations": annotations}
    if settings.volumes:
        fields["volumes"] = list(settings.volumes)
    if isinstance(body, ContainerExecutor) and body.timeout_seconds:
        # The pod ends its step in time, and says so; Argo's deadline is for a pod that cannot.
        fields["activeDeadlineSeconds"] = str(int(body.timeout_seconds) + END_SECONDS)
    if at.task.retry is not None:
        fields["retryStrategy"] = pods.retry_strategy(at.task.retry)
    if is_pusher(body):
        if options.pusher_service_account:
            fields["serviceAccountName"] = options.pusher_service_account
        destination = expr.own_input(names.input_names(at.component)["parameter", "push_destination"])
        lock = f"'argosy-pusher-' + sprig.sha256sum({destination})[:16]"
        fields["synchronization"] = {"mutexes": [{"name": expr.tag(lock)}]}
    return fields


def _call(at: Scope, pipeline: str, options: ArgoOptions, given: tuple[Extra, ...]) -> list[str]:
    """Returns the arguments that tell a pod all about its task."""
    spec = {
        "pipeline": pipeline,
        "name": at.component.name,
        "component": binding.component_spec(at.component),
        "executor": binding.executor_spec(at.component.body),
        "cache": at.task.cache,
        "cache_key": at.task.cache_key,
        **_timeout(at),
        **_renamed(at),
    }
    inputs = [(name, argo) for (_, name), argo in names.input_names(at.component).items()]
    inputs += [(extra.input, extra.name) for extra in given if extra.input]
    fields = {
        "--pod": encode(spec),
        "--run": "{{workflow.name}}",
        "--uid": "{{workflow.uid}}",
        "--pod_name": "{{pod.name}}",
        "--task": expr.tag(expr.own_input(names.PATH)),
        "--created": "{{workflow.creationTimestamp.RFC3339}}",
        "--root": artifact_root(options.artifact_root).uri,
        "--metadata": options.metadata,
        **({"--again": "true"} if at.task.trigger is Trigger.ALL_COMPLETED else {}),
    }
    call = [part for pair in fields.items() for part in pair]
    for name, argo in inputs:
        call += ["--input", f"{name}={expr.tag(expr.own_input(argo))}"]
    return call


def _timeout(at: Scope) -> dict[str, Any]:
    body = at.component.body
    seconds = body.timeout_seconds if isinstance(body, ContainerExecutor) else None
    return {"platform": {"activeDeadlineSeconds": int(seconds)}} if seconds else {}


def _renamed(at: Scope) -> dict[str, Any]:
    """Returns the files of outputs that are not called like the output."""
    found: dict[str, dict[str, str]] = {"parameters": {}, "artifacts": {}}
    for (kind, name), argo in names.output_names(at.component).items():
        if argo != name:
            found[f"{kind}s"][name] = argo
    return {"files": found} if any(found.values()) else {}


def _settings(at: Scope, body: ContainerExecutor | ImporterExecutor) -> Settings:
    found = dynamic.settings(at)

    def read(reference: Mapping[str, Any]) -> str:
        if "runtimeValue" in reference:
            return str(reference["runtimeValue"].get("constant", ""))
        return expr.tag(expr.own_input(found[dynamic.key(reference)][0]))

    return read_settings(body.platform if isinstance(body, ContainerExecutor) else {}, read)


def _undeclared(at: Scope) -> tuple[str, ...]:
    """Returns the parameters that the container's texts read and its component does not declare."""
    body = at.component.body
    assert isinstance(body, ContainerExecutor)
    texts = [text for element in [*body.command, *body.args] for text in texts_of(element)]
    found = [item for text in [*texts, *body.env.values()] for item in placeholders_of(text)]
    read = [item.name for item in found if item.section == "input_parameter"]
    return tuple(dict.fromkeys(name for name in read if name not in at.component.parameters))
