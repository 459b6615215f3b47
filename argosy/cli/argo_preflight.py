"""What a cluster lacks for a Workflow, found before it is made: there it would hang, or fail when its work is done."""

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.cli.argo_client import GROUP, METADATA_ONLY, VERSION, Cluster, ForbiddenError, MissingError, call
from argosy.errors import ParameterError

RULES = {"workflowtaskresults": ("create", "patch")}
"""What the service account of every step has to be allowed, in Argo's own API group."""
REVIEW_GROUP, REVIEWS = "authorization.k8s.io", "localsubjectaccessreviews"
"""Where a namespace is asked what somebody may do in it; a Role of the namespace can allow to ask."""
_ACCESS = "kubectl apply -k manifests/argo (for a namespace that is not argosy: manifests/argo/README.md)"


def check(cluster: Cluster, manifest: Mapping[str, Any]) -> str:
    """Returns what we may not look at, with the rules that are missing, in one line; empty if all was looked at.

    Raises:
        ParameterError: Something that the manifest names is not in the cluster; the message says what makes it.
        ArgosyError: The API server does not answer, or has no Argo Workflows.
    """
    call(cluster, "GET", f"/apis/{GROUP}/{VERSION}", "ask for Argo Workflows")
    unseen: list[str] = []
    if not _exists(cluster, "namespace", cluster.namespace, unseen):
        raise ParameterError(
            f"there is no namespace {cluster.namespace!r} in the cluster: kubectl create namespace {cluster.namespace}"
        )
    for account in service_accounts(manifest):
        _check_account(cluster, account, unseen)
    for kind, name, remedy in named_objects(manifest):
        if not _exists(cluster, kind, name, unseen):
            raise ParameterError(
                f"there is no {kind} {name!r} in namespace {cluster.namespace!r}, and pods that name it never start; "
                f"{remedy.format(name=name, namespace=cluster.namespace)}"
            )
    if not unseen:
        return ""
    return f"not checked, for want of a right in namespace {cluster.namespace}: {'; '.join(unseen)}"


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
    """Yields (kind, name, how to make it) for each secret, ConfigMap and claim that a pod needs, each once."""
    secret = "make it: kubectl -n {namespace} create secret generic {name} --from-literal=KEY=VALUE ..."
    registry = "make it: kubectl -n {namespace} create secret docker-registry {name} --docker-server=..."
    config = "make it: kubectl -n {namespace} create configmap {name} --from-literal=KEY=VALUE ..."
    claim = "make the PersistentVolumeClaim {name} there"
    found: dict[tuple[str, str], str] = {}
    for node in _mappings(workflow_spec(manifest)):
        for one in node.get("imagePullSecrets") or []:
            found.setdefault(("secret", one["name"]), registry)
        for key, field, kind, remedy in (
            ("secretRef", "name", "secret", secret),
            ("secretKeyRef", "name", "secret", secret),
            ("secret", "secretName", "secret", secret),
            ("configMapKeyRef", "name", "configmap", config),
            ("configMap", "name", "configmap", config),
        ):
            one = node.get(key)
            if isinstance(one, Mapping) and field in one and not one.get("optional"):
                found.setdefault((kind, one[field]), remedy)
        one = node.get("persistentVolumeClaim")
        if isinstance(one, Mapping):
            found.setdefault(("persistentvolumeclaim", one["claimName"]), claim)
    for (kind, name), remedy in found.items():
        if "{{" not in name:
            yield kind, name, remedy


def _check_account(cluster: Cluster, account: str, unseen: list[str]) -> None:
    if not _exists(cluster, "serviceaccount", account, unseen):
        raise ParameterError(
            f"there is no service account {account!r} in namespace {cluster.namespace!r}; "
            f"{_ACCESS} makes one for steps, --service-account names it"
        )
    for resource, verbs in RULES.items():
        try:
            refused = [verb for verb in verbs if not _allowed(cluster, account, verb, resource)]
        except ForbiddenError:
            unseen.append(f"what service account {account!r} may do (create {REVIEWS}.{REVIEW_GROUP})")
            continue
        if refused:
            raise ParameterError(
                f"the service account {account!r} in namespace {cluster.namespace!r} may not {' or '.join(refused)} "
                f"{resource}.{GROUP}, without which Argo loses what a step has made; give it a Role with that rule, as "
                f"{_ACCESS} makes one"
            )


def _allowed(cluster: Cluster, account: str, verb: str, resource: str) -> bool:
    review = {
        "apiVersion": f"{REVIEW_GROUP}/v1",
        "kind": "LocalSubjectAccessReview",
        "metadata": {"namespace": cluster.namespace},
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
    path = f"/apis/{REVIEW_GROUP}/v1/namespaces/{cluster.namespace}/{REVIEWS}"
    return bool(call(cluster, "POST", path, f"ask what {account} may do", body=review)["status"]["allowed"])


def _exists(cluster: Cluster, kind: str, name: str, unseen: list[str]) -> bool:
    """Returns whether it is there; one that we may not look at counts as there, and is added to the unseen."""
    inside = "" if kind == "namespace" else f"/{kind}s/{name}"
    try:
        call(
            cluster, "GET", f"/api/v1/namespaces/{cluster.namespace}{inside}", f"look for the {kind} {name}",
            accept=METADATA_ONLY,
        )  # fmt: skip
    except MissingError:
        return False
    except ForbiddenError:
        unseen.append(f"whether {kind} {name!r} is there (get {kind}s)")
    return True


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)
