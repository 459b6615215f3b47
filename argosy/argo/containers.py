"""The containers of a task's pod: one of ours, or a user's beside one of ours."""

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
"""The folder that the containers of a user's task share."""
SHELL = f"{STAGED}/busybox"
WAIT_AND_RUN = f"until [ -f {STAGED}/state.json ]; do {SHELL} sleep 0.2; done; exec {SHELL} sh {STAGED}/run.sh"
"""What the user's container does: it begins when ours has laid out all that the command needs."""
SCHEMES = ("s3", "gcs", "minio")
"""Folders at which KFP shows what lies in the stores of these names."""
STUBS = "argostub/"
"""Begins the images that stand for what KFP's driver does itself."""


def own_container(at: Scope, settings: Settings, options: ArgoOptions, call: list[str]) -> dict[str, Any]:
    """Returns the container of a step of ours, or of an import; `call` tells it all about its task."""
    body = at.component.body
    store = pods.own_environment(options)
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
        "volumeMounts": [pods.temporary("tmp"), *pods.own_mounts(options), *settings.mounts],
    }


def containers_around(
    at: Scope, body: ContainerExecutor, settings: Settings, options: ArgoOptions, call: list[str]
) -> dict[str, Any]:
    """Returns the template's fields for a user's command, a side-car of ours, which stages and publishes around it.

    A container set would say the same in Argo's words; but Argo 3.7 panics where what follows a set has to wait for a
    place (`parallelism`), and hangs when one of its containers is killed for its memory.
    """
    if body.image.startswith(STUBS):
        raise PipelineError(
            f"is a {body.image.removeprefix(STUBS)} of kfp-kubernetes, which this target does not do; make the claim "
            "beforehand and mount it by its name"
        )
    shared = [{"name": pods.WORK, "mountPath": STAGED, "subPath": "argosy"}]
    shared += [{"name": pods.WORK, "mountPath": f"/{scheme}", "subPath": scheme} for scheme in SCHEMES]
    security = pods.container_security({}, read_only=True)
    lend = {
        "name": "lend",
        "image": options.pod_image,
        "command": ["busybox", "cp", "/usr/bin/busybox", SHELL],
        **pods.LAST_WORDS,
        "securityContext": security,
        "volumeMounts": shared[:1],
    }
    main = {
        "image": options.pod_image,
        "command": list(RUN),
        "args": [*call, "--phase", "around"],
        **pods.own_environment(options),
        "securityContext": security,
        "volumeMounts": [pods.temporary("tmp-main"), *shared, *pods.own_mounts(options)],
    }
    user = {
        "name": "user",
        "image": _image(at, body),
        "command": [SHELL, "sh", "-c", WAIT_AND_RUN],
        **pods.LAST_WORDS,
        **settings.container,
        "env": _variables(body, [{"name": "HOME", "value": "/tmp"}], settings),
        **({"resources": found} if (found := fixed_resources(body)) else {}),
        "securityContext": pods.container_security(settings.container.get("securityContext", {}), read_only=False),
        "volumeMounts": [pods.temporary("tmp-user"), *shared, *pods.root_mounts(options), *settings.mounts],
    }
    return {"initContainers": [lend], "container": main, "sidecars": [user]}


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
