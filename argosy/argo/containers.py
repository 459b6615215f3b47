"""The containers of a task's pod: one of ours, or a user's between two of ours."""

from collections.abc import Mapping
from typing import Any

from argosy.argo import dynamic, pods
from argosy.argo import expression as expr
from argosy.argo.options import ArgoOptions
from argosy.argo.resources import fixed_resources
from argosy.argo.scope import Scope
from argosy.argo.settings import Settings
from argosy.errors import PipelineError
from argosy.plan.spec import ContainerExecutor

RUN = ("python", "-m", "argosy.run")
STAGED = "/argosy"
"""The folder that the three containers around a user's command share."""
SCHEMES = ("s3", "gcs", "minio")
"""Folders at which KFP shows what lies in the stores of these names."""
STUBS = "argostub/"
"""Begins the images that stand for what KFP's driver does itself."""


def own_container(at: Scope, settings: Settings, options: ArgoOptions, call: list[str]) -> dict[str, Any]:
    """Returns the container of a step of ours, or of an import; `call` tells it all about its task."""
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
        **({"resources": found} if (found := fixed_resources(body)) else {}),
        "securityContext": pods.container_security(settings.container.get("securityContext", {}), read_only=True),
        "volumeMounts": [pods.temporary("tmp"), *pods.root_mounts(options), *settings.mounts],
    }


def container_set(
    at: Scope, body: ContainerExecutor, settings: Settings, options: ArgoOptions, call: list[str]
) -> dict[str, Any]:
    """Returns the three containers around a user's command; Argo reads the outputs of the one called main."""
    if body.image.startswith(STUBS):
        raise PipelineError(
            f"is a {body.image.removeprefix(STUBS)} of kfp-kubernetes, which this target does not do; make the claim "
            "beforehand and mount it by its name"
        )
    own = {
        "image": options.pod_image,
        "command": list(RUN),
        **pods.store_environment(options),
        "securityContext": pods.container_security({}, read_only=True),
    }
    stage = {"name": "stage", **own, "args": [*call, "--phase", "stage"]}
    user = {
        "name": "user",
        "image": _image(at, body),
        "command": [f"{STAGED}/busybox", "sh", f"{STAGED}/run.sh"],
        "dependencies": ["stage"],
        **settings.container,
        "env": _variables(body, [{"name": "HOME", "value": "/tmp"}], settings),
        **({"resources": found} if (found := fixed_resources(body)) else {}),
        "securityContext": pods.container_security(settings.container.get("securityContext", {}), read_only=False),
    }
    main = {"name": "main", **own, "args": ["--phase", "publish"], "dependencies": ["user"]}
    # Argo gives a pod the volumes that the set mounts in all of its containers, and no others.
    shared = [{"name": pods.WORK, "mountPath": STAGED, "subPath": "argosy"}]
    shared += [{"name": pods.WORK, "mountPath": f"/{scheme}", "subPath": scheme} for scheme in SCHEMES]
    return {
        "volumeMounts": [*shared, *pods.root_mounts(options), *settings.mounts],
        "containers": [
            {**container, "volumeMounts": [pods.temporary(f"tmp-{container['name']}")]}
            for container in (stage, user, main)
        ],
    }


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
