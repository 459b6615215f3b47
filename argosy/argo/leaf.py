"""The template of a task that is a pod: one of our steps, an import, or a user's container between two of ours."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from argosy.argo import binding, dynamic, names, pods
from argosy.argo import expression as expr
from argosy.argo.options import ArgoOptions, artifact_root
from argosy.argo.scope import Scope
from argosy.argo.settings import Settings, read_settings
from argosy.errors import PipelineError
from argosy.plan.check_kfp import check_image
from argosy.plan.check_kfp_resources import check_resources
from argosy.plan.placeholders import has_placeholder, placeholders_of
from argosy.plan.render import texts_of
from argosy.plan.spec import ContainerExecutor, ImporterExecutor, Trigger
from argosy.plan.wire import encode

OUTPUTS = "/tmp/argosy/outputs"
RUN = ("python", "-m", "argosy.run")
STAGED = "/argosy"
"""The folder that the three containers around a user's command share."""
SCHEMES = ("s3", "gcs", "minio")
"""Folders at which KFP shows what lies in the stores of these names."""
STUBS = "argostub/"


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
        fields["container"] = _own_container(at, settings, options, call)
    else:
        fields["containerSet"] = {"containers": _containers(at, body, settings, options, call)}
    patch = _resource_patch(at, "main" if "container" in fields else "user")
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
        fields["activeDeadlineSeconds"] = int(body.timeout_seconds)
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


def _renamed(at: Scope) -> dict[str, Any]:
    """Returns the files of outputs that are not called like the output."""
    found: dict[str, dict[str, str]] = {"parameters": {}, "artifacts": {}}
    for (kind, name), argo in names.output_names(at.component).items():
        if argo != name:
            found[f"{kind}s"][name] = argo
    return {"files": found} if any(found.values()) else {}


def _own_container(at: Scope, settings: Settings, options: ArgoOptions, call: list[str]) -> dict[str, Any]:
    body = at.component.body
    store = pods.store_environment(options)
    image = _image(at, body) if isinstance(body, ContainerExecutor) else options.pod_image
    return {
        "image": image,
        "command": list(RUN),
        "args": call,
        **settings.container,
        **store,
        "env": _variables(body, store["env"], settings),
        **({"resources": found} if (found := _resources(body)) else {}),
        "securityContext": pods.container_security(settings.container.get("securityContext", {}), read_only=True),
        "volumeMounts": [*pods.mounts(options, "main"), *settings.mounts],
    }


def _containers(
    at: Scope, body: ContainerExecutor, settings: Settings, options: ArgoOptions, call: list[str]
) -> list[dict[str, Any]]:
    """Returns the three containers around a user's command; Argo reads the outputs of the one called main."""
    if body.image.startswith(STUBS):
        raise PipelineError(
            f"is a {body.image.removeprefix(STUBS)} of kfp-kubernetes, which this target does not do; make the claim "
            "beforehand and mount it by its name"
        )
    store = pods.store_environment(options)
    shared = [{"name": pods.WORK, "mountPath": STAGED, "subPath": "argosy"}]
    shared += [{"name": pods.WORK, "mountPath": f"/{scheme}", "subPath": scheme} for scheme in SCHEMES]
    own = {"image": options.pod_image, "command": list(RUN), **store}
    security = pods.container_security({}, read_only=True)
    user = {
        "name": "user",
        "image": _image(at, body),
        "command": [f"{STAGED}/busybox", "sh", f"{STAGED}/run.sh"],
        "dependencies": ["stage"],
        **settings.container,
        "env": _variables(body, [{"name": "HOME", "value": "/tmp"}], settings),
        **({"resources": found} if (found := _resources(body)) else {}),
        "securityContext": pods.container_security(settings.container.get("securityContext", {}), read_only=False),
        "volumeMounts": [
            *(mount for mount in pods.mounts(options, "user") if mount["name"] != pods.CREDENTIALS),
            *shared,
            *settings.mounts,
        ],
    }
    stage = {
        "name": "stage",
        **own,
        "args": [*call, "--phase", "stage"],
        "securityContext": security,
        "volumeMounts": [*pods.mounts(options, "stage"), *shared],
    }
    main = {
        "name": "main",
        **own,
        "args": ["--phase", "publish"],
        "dependencies": ["user"],
        "securityContext": security,
        "volumeMounts": [*pods.mounts(options, "main"), *shared],
    }
    return [stage, user, main]


def _settings(at: Scope, body: ContainerExecutor | ImporterExecutor) -> Settings:
    found = dynamic.settings(at)

    def read(reference: Mapping[str, Any]) -> str:
        if "runtimeValue" in reference:
            return str(reference["runtimeValue"].get("constant", ""))
        return expr.tag(expr.own_input(found[dynamic.key(reference)][0]))

    return read_settings(body.platform if isinstance(body, ContainerExecutor) else {}, read)


def _image(at: Scope, body: ContainerExecutor) -> str:
    found = dynamic.settings(at)
    return expr.tag(expr.own_input(found[body.image][0])) if body.image in found else body.image


def _variables(body: object, before: list[dict[str, Any]], settings: Settings) -> list[Mapping[str, Any]]:
    """Returns the container's variables; the pod itself renders those with braces. The author's go before ours."""
    given = body.env if isinstance(body, ContainerExecutor) else {}
    own: list[Mapping[str, Any]] = [
        # Kubernetes expands $(X), and writes $$ as $.
        {"name": name, "value": value.replace("$", "$$")}
        for name, value in given.items()
        if "{{" not in value
    ]
    own += settings.env
    taken = {variable["name"] for variable in own} | set(given)
    return [*(variable for variable in before if variable["name"] not in taken), *own]


_AMOUNTS = (
    ("requests", "cpu", "resourceCpuRequest", "cpuRequest", ""),
    ("requests", "memory", "resourceMemoryRequest", "memoryRequest", "G"),
    ("limits", "cpu", "resourceCpuLimit", "cpuLimit", ""),
    ("limits", "memory", "resourceMemoryLimit", "memoryLimit", "G"),
)
"""Kubernetes's field and resource, the spec's field, its older field, and the unit of that."""


def _amounts(body: object) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    resources = body.resources if isinstance(body, ContainerExecutor) else {}
    for side, name, field, older, unit in _AMOUNTS:
        if resources.get(field) not in (None, ""):
            found.setdefault(side, {})[name] = str(resources[field])
        elif resources.get(older):
            found.setdefault(side, {})[name] = f"{resources[older]:g}{unit}"
    accelerator = resources.get("accelerator", {})
    kind = accelerator.get("resourceType", accelerator.get("type"))
    if kind:
        count = accelerator.get("resourceCount", accelerator.get("count", 1))
        found.setdefault("limits", {})[str(kind)] = str(count)
    return found


def _resources(body: object) -> dict[str, dict[str, str]]:
    fixed = {
        side: {name: value for name, value in amounts.items() if not has_placeholder({name: value})}
        for side, amounts in _amounts(body).items()
    }
    return {side: amounts for side, amounts in fixed.items() if amounts}


def _resource_patch(at: Scope, container: str) -> str:
    """Returns a patch with the resources that depend on inputs; the API takes nothing but quantities in their place."""
    found = dynamic.settings(at)
    patch = {
        side: {
            _dynamic(name, found): _dynamic(value, found)
            for name, value in amounts.items()
            if has_placeholder({name: value})
        }
        for side, amounts in _amounts(at.component.body).items()
    }
    filled = {side: amounts for side, amounts in patch.items() if amounts}
    return json.dumps({"containers": [{"name": container, "resources": filled}]}) if filled else ""


def _dynamic(text: str, found: Mapping[str, tuple[str, str]]) -> str:
    return expr.tag(expr.own_input(found[text][0])) if text in found else text


def _undeclared(at: Scope) -> tuple[str, ...]:
    """Returns the parameters that the container's texts read and its component does not declare."""
    body = at.component.body
    assert isinstance(body, ContainerExecutor)
    texts = [text for element in [*body.command, *body.args] for text in texts_of(element)]
    found = [item for text in [*texts, *body.env.values()] for item in placeholders_of(text)]
    read = [item.name for item in found if item.section == "input_parameter"]
    return tuple(dict.fromkeys(name for name in read if name not in at.component.parameters))
