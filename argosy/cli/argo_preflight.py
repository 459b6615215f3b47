"""What a cluster lacks for a Workflow, found before it is made: there it would hang, or fail when its work is done."""

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.cli.argo_client import GROUP, METADATA_ONLY, VERSION, Cluster, ForbiddenError, MissingError, call
from argosy.errors import ParameterError

RULES = {"workflowtaskresults": ("create", "patch")}
"""What the service account of every step has to be allowed, in Argo's own API group."""


def check(cluster: Cluster, manifest: Mapping[str, Any]) -> None:
    """Returns if everything that the manifest names is in the cluster; what we may not look at counts as there.

    Raises:
        ParameterError: Something is missing; the message says what makes it.
        ArgosyError: The API server does not answer, or has no Argo Workflows.
    """
    call(cluster, "GET", f"/apis/{GROUP}/{VERSION}", "ask for Argo Workflows")
    if not _exists(cluster, f"/api/v1/namespaces/{cluster.namespace}"):
        raise ParameterError(
            f"there is no namespace {cluster.namespace!r} in the cluster: kubectl create namespace {cluster.namespace}"
        )
    for account in service_accounts(manifest):
        _check_account(cluster, account)
    for kind, name, remedy in named_objects(manifest):
        if not _exists(cluster, f"/api/v1/namespaces/{cluster.namespace}/{kind}s/{name}"):
            raise ParameterError(
                f"there is no {kind} {name!r} in namespace {cluster.namespace!r}, and pods that name it never start; "
                f"{remedy.format(name=name, namespace=cluster.namespace)}"
            )


def service_accounts(manifest: Mapping[str, Any]) -> list[str]:
    """Returns the service accounts under which the pods run."""
    spec = workflow_spec(manifest)
    named = [template.get("serviceAccountName", "") for template in spec.get("templates", [])]
    return list(dict.fromkeys([spec.get("serviceAccountName") or "default", *filter(None, named)]))


def workflow_spec(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the Workflow's spec, also of one that a CronWorkflow has inside."""
    spec: Mapping[str, Any] = manifest["spec"]
    return spec.get("workflowSpec", spec)


def named_objects(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yields (kind, name, how to make it) for each secret and volume claim that a pod needs, each once."""
    secret = "make it: kubectl -n {namespace} create secret generic {name} --from-literal=KEY=VALUE ..."
    registry = "make it: kubectl -n {namespace} create secret docker-registry {name} --docker-server=..."
    claim = "make the PersistentVolumeClaim {name} there"
    found: dict[tuple[str, str], str] = {}
    for node in _mappings(workflow_spec(manifest)):
        for one in node.get("imagePullSecrets") or []:
            found.setdefault(("secret", one["name"]), registry)
        for key in ("secretRef", "secretKeyRef"):
            one = node.get(key)
            if isinstance(one, Mapping) and not one.get("optional"):
                found.setdefault(("secret", one["name"]), secret)
        one = node.get("secret")
        if isinstance(one, Mapping) and "secretName" in one and not one.get("optional"):
            found.setdefault(("secret", one["secretName"]), secret)
        one = node.get("persistentVolumeClaim")
        if isinstance(one, Mapping):
            found.setdefault(("persistentvolumeclaim", one["claimName"]), claim)
    for (kind, name), remedy in found.items():
        if "{{" not in name:
            yield kind, name, remedy


def _check_account(cluster: Cluster, account: str) -> None:
    if not _exists(cluster, f"/api/v1/namespaces/{cluster.namespace}/serviceaccounts/{account}"):
        raise ParameterError(
            f"there is no service account {account!r} in namespace {cluster.namespace!r}; "
            f"kubectl -n {cluster.namespace} apply -k manifests/argo makes one for steps, --service-account names it"
        )
    for resource, verbs in RULES.items():
        refused = [verb for verb in verbs if not _allowed(cluster, account, verb, resource)]
        if refused:
            raise ParameterError(
                f"the service account {account!r} in namespace {cluster.namespace!r} may not {' or '.join(refused)} "
                f"{resource}.{GROUP}, without which Argo loses what a step has made; give it a Role with that rule, as "
                f"manifests/argo has: kubectl -n {cluster.namespace} apply -k manifests/argo"
            )


def _allowed(cluster: Cluster, account: str, verb: str, resource: str) -> bool:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{cluster.namespace}:{account}",
            "groups": [
                "system:serviceaccounts",
                f"system:serviceaccounts:{cluster.namespace}",
                "system:authenticated",
            ],
            "resourceAttributes": {
                "namespace": cluster.namespace,
                "verb": verb,
                "group": GROUP,
                "resource": resource,
            },
        },
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    try:
        return bool(call(cluster, "POST", path, f"ask what {account} may do", body=review)["status"]["allowed"])
    except ForbiddenError:
        return True


def _exists(cluster: Cluster, path: str) -> bool:
    try:
        call(cluster, "GET", path, f"look for {path}", accept=METADATA_ONLY)
    except MissingError:
        return False
    except ForbiddenError:
        return True
    return True


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)
