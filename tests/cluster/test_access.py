"""What the accounts of manifests/argo may do on a cluster: what they must, and nothing else; tried, not only asked."""

import base64
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

SERVING = "argosy-serving-models"
RESULTS = "/apis/argoproj.io/v1alpha1/namespaces/NS/workflowtaskresults"
DEPLOYMENT = "/apis/apps/v1/namespaces/NS/deployments/argosy-serving"
CONFIGMAPS = "/api/v1/namespaces/NS/configmaps"
ACCOUNTS = ("argosy-steps", "argosy-pusher")
Api = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def objects(cluster) -> None:
    """What is there to be read and changed."""
    cluster("create", "secret", "generic", "store", "--from-literal=KEY=secret")
    for name in (SERVING, "other"):
        cluster("create", "configmap", name, "--from-literal=models.config=first")
    cluster("create", "deployment", "argosy-serving", "--image=none", "--replicas=0")


@pytest.fixture
def account(cluster, objects) -> Callable[[str], Api]:
    """The API server, asked with a service account's own token and nothing besides."""

    def sign_in(name: str) -> Api:
        token = cluster("create", "token", name).strip()
        (entry,) = json.loads(cluster("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))["clusters"]
        authority = base64.b64decode(entry["cluster"].get("certificate-authority-data", "")).decode()
        context = ssl.create_default_context(cadata=authority or None)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )

        def ask(method: str, path: str, body: Any = None) -> tuple[int, str]:
            request = urllib.request.Request(
                entry["cluster"]["server"] + path.replace("NS", cluster.namespace), method=method,
                data=json.dumps(body).encode() if body else None, headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            request.add_header("Content-Type", kind)
            try:
                with opener.open(request, timeout=30) as response:
                    return response.status, response.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

        return ask

    return sign_in


def rules(cluster, name: str) -> set[str]:
    """Returns what an account may do beyond one without any role, as kubectl lists it."""
    listed = []
    for one in (name, "default"):
        user = f"--as=system:serviceaccount:{cluster.namespace}:{one}"
        text = cluster("auth", "can-i", "--list", "--no-headers", user)
        listed.append({" ".join(line.split()) for line in text.splitlines()})
    return listed[0] - listed[1]


def test_the_rules_are_these_and_no_others(cluster, objects):
    report = "workflowtaskresults.argoproj.io [] [] [create patch]"
    assert rules(cluster, "argosy-steps") == {report}
    assert rules(cluster, "argosy-pusher") == {report, f"configmaps [] [{SERVING}] [get patch]"}


REFUSED: list[tuple[str, str, str, Any]] = [
    ("read a secret", "GET", "/api/v1/namespaces/NS/secrets/store", None),
    ("list secrets", "GET", "/api/v1/namespaces/NS/secrets", None),
    ("make a pod", "POST", "/api/v1/namespaces/NS/pods", "pod"),
    ("list pods", "GET", "/api/v1/namespaces/NS/pods", None),
    ("enter a pod", "POST", "/api/v1/namespaces/NS/pods/made/exec?command=sh", None),
    ("change the Deployment", "PATCH", DEPLOYMENT, {"spec": {"replicas": 1}}),
    ("scale the Deployment", "PATCH", f"{DEPLOYMENT}/scale", {"spec": {"replicas": 1}}),
    ("change another ConfigMap", "PATCH", f"{CONFIGMAPS}/other", {"data": {"models.config": "second"}}),
    ("list ConfigMaps", "GET", CONFIGMAPS, None),
    ("delete its ConfigMap", "DELETE", f"{CONFIGMAPS}/{SERVING}", None),
    ("replace its ConfigMap", "PUT", f"{CONFIGMAPS}/{SERVING}", "configmap"),
    ("read results", "GET", f"{RESULTS}/result", None),
    ("delete results", "DELETE", f"{RESULTS}/result", None),
    ("start a Workflow", "POST", "/apis/argoproj.io/v1alpha1/namespaces/NS/workflows", "workflow"),
    ("change its role", "PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles/argosy-steps", {"rules": []}),
    ("make itself a token", "POST", "/api/v1/namespaces/NS/serviceaccounts/argosy-pusher/token", "token"),
    ("read the Pusher's ConfigMap elsewhere", "GET", f"/api/v1/namespaces/default/configmaps/{SERVING}", None),
]
BODIES: dict[str, Any] = {
    "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "made"}},
    "configmap": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": SERVING}},
    "workflow": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "made"}},
    "token": {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}},
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_an_account_does_and_what_is_refused(cluster, account, name):
    ask = account(name)
    result = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTaskResult",
        "metadata": {"name": f"{name}-result", "labels": {"workflows.argoproj.io/workflow": "none"}},
    }
    assert ask("POST", RESULTS, result)[0] == 201
    assert ask("PATCH", f"{RESULTS}/{name}-result", {"message": "done"})[0] == 200
    for what, method, path, body in REFUSED:
        status, answer = ask(method, path, BODIES.get(body, body) if isinstance(body, str) else body)
        assert status == 403, f"{name} may {what}: HTTP {status} {answer}"
        assert "forbidden" in answer
    assert cluster.get("deployment", "argosy-serving")["spec"]["replicas"] == 0
    assert cluster.get("configmap", "other")["data"] == {"models.config": "first"}


def test_only_the_pusher_changes_what_is_served(cluster, account):
    path, change = f"{CONFIGMAPS}/{SERVING}", {"data": {"models.config": "second"}}
    steps, pusher = (account(name) for name in ACCOUNTS)
    assert (steps("GET", path)[0], steps("PATCH", path, change)[0]) == (403, 403)
    assert cluster.get("configmap", SERVING)["data"] == {"models.config": "first"}
    assert (pusher("GET", path)[0], pusher("PATCH", path, change)[0]) == (200, 200)
    assert cluster.get("configmap", SERVING)["data"] == change["data"]


def test_a_user_runs_pipelines_and_reads_them_and_nothing_else(cluster, objects):
    user = ["--as=someone", "--as-group=argosy-users", "--as-group=system:authenticated"]
    may = [
        "create workflows.argoproj.io", "delete workflows.argoproj.io", "patch cronworkflows.argoproj.io",
        "create workflowtemplates.argoproj.io", "watch workflows.argoproj.io", "get pods", "list events",
        "get pods --subresource=log", "create pods --subresource=portforward", "get services",
        "create localsubjectaccessreviews.authorization.k8s.io",
    ]  # fmt: skip
    may_not = [
        "get secrets", "create pods", "delete pods", "create pods --subresource=exec", "patch configmaps",
        "get configmaps", "patch deployments.apps", "create rolebindings.rbac.authorization.k8s.io",
        "create serviceaccounts --subresource=token",
        "patch workflowtaskresults.argoproj.io", "impersonate serviceaccounts",
    ]  # fmt: skip
    answers = {one: cluster.run("auth", "can-i", *one.split(), *user).stdout.strip() for one in (*may, *may_not)}
    assert answers == {one: "yes" if one in may else "no" for one in answers}
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "one"},
        "spec": {"suspend": True, "entrypoint": "main", "templates": [{"name": "main", "suspend": {}}]},
    }  # fmt: skip
    assert "one" in cluster("create", "-f", "-", *user, stdin=json.dumps(workflow))
    assert "one" in cluster("get", "workflows", *user)
    stranger = cluster.run("get", "workflows", "--as=someone", "--as-group=system:authenticated")
    assert "forbidden" in stranger.stderr
