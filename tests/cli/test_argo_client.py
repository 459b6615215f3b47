"""A cluster's API server: what is asked of it, and what each refusal becomes."""

import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.argo_client import connected, create_workflow, read_log, read_workflow
from argosy.cli.argo_preflight import check
from argosy.errors import ArgosyError, ParameterError, PipelineError, ServerError

pytest.importorskip("kubernetes", reason="the kubernetes client is not installed")

WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/team/workflows"
REVIEWS = "/apis/authorization.k8s.io/v1/namespaces/team/localsubjectaccessreviews"


def manifest(**spec: Any) -> dict[str, Any]:
    return {"kind": "Workflow", "metadata": {"generateName": "p-"}, "spec": {"serviceAccountName": "argosy", **spec}}


def refusal(api_server: Any, code: int, content: Any) -> ArgosyError:
    api_server.answers["POST", WORKFLOWS] = (code, content)
    with connected() as cluster, pytest.raises(ArgosyError) as caught:
        create_workflow(cluster, manifest())
    assert "\n" not in str(caught.value)
    assert api_server.url in str(caught.value)
    return caught.value


def said(code: int, message: str, kind: str = "") -> dict[str, Any]:
    return {"kind": "Status", "code": code, "message": message, "details": {"kind": kind}}


def test_a_workflow_is_created_in_the_contexts_namespace(api_server) -> None:
    with connected() as cluster:
        assert create_workflow(cluster, manifest()) == "p-1"
    assert api_server.bodies(WORKFLOWS) == [manifest()]


def test_another_namespace_counts_more_than_the_contexts(api_server) -> None:
    with connected("other") as cluster:
        create_workflow(cluster, manifest())
    assert api_server.requests[-1][1] == WORKFLOWS.replace("team", "other")


@pytest.mark.parametrize(
    ("code", "content", "words"),
    [
        (401, said(401, "Unauthorized"), ["does not let us in (HTTP 401: Unauthorized)", "sign in"]),
        (
            403,
            said(403, 'workflows.argoproj.io is forbidden: User "eve" cannot create resource "workflows"'),
            ["does not allow us to create the Workflow", 'User "eve" cannot create resource "workflows"', "Role"],
        ),
        (404, b"404 page not found\n", ["has no Argo Workflows", "argoproj.io/v1alpha1"]),
        (404, said(404, 'namespaces "team" not found', "namespaces"), ["kubectl create namespace team"]),
        (500, said(500, "etcdserver: request is too large"), ["is larger than", "cut the pipeline in two"]),
        (413, said(413, "Request entity too large: limit is 3145728"), ["larger than", "limit is 3145728"]),
        (422, said(422, "spec.templates[0].containr: unknown field"), ["refuses to create", "containr: unknown field"]),
        (503, b"<html>busy</html>", ["failed to create the Workflow (HTTP 503)", "may work later"]),
    ],
)
def test_each_refusal_is_told_in_one_line(api_server, code, content, words) -> None:
    error = str(refusal(api_server, code, content))
    for word in words:
        assert word in error


def test_refusals_have_the_class_of_their_cause(api_server) -> None:
    assert refusal(api_server, 401, said(401, "")).exit_code == 4
    assert refusal(api_server, 403, said(403, "")).exit_code == 2
    assert isinstance(refusal(api_server, 422, said(422, "")), PipelineError)


def test_a_server_that_is_none(api_server) -> None:
    api_server.answers["GET", f"{WORKFLOWS}/x"] = (200, b"hello")
    with connected() as cluster, pytest.raises(ServerError, match="is no Kubernetes API"):
        read_workflow(cluster, "x")


def test_a_server_that_is_not_there(api_server, tmp_path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = tmp_path / "kubeconfig"
    file.write_text(file.read_text().replace(str(api_server.server_port), str(port)))
    with connected() as cluster, pytest.raises(ServerError) as caught:
        read_workflow(cluster, "x")
    assert f"http://127.0.0.1:{port} (context here) cannot be reached to read the Workflow x" in str(caught.value)
    assert "Connection refused" in str(caught.value)
    assert "0x" not in str(caught.value)


def test_a_server_whose_certificate_is_not_the_clusters(api_server, tmp_path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    return

        thread = threading.Thread(target=answer)
        thread.start()
        file = tmp_path / "kubeconfig"
        file.write_text(file.read_text().replace(api_server.url, f"https://127.0.0.1:{listener.getsockname()[1]}"))
        with connected() as cluster, pytest.raises(ServerError, match="CERTIFICATE_VERIFY_FAILED"):
            read_workflow(cluster, "x")
        thread.join()


def test_a_log_is_read_as_it_is(api_server) -> None:
    api_server.objects["/api/v1/namespaces/team/pods/p/log"] = "1.50\nü\n".encode()
    with connected() as cluster:
        assert read_log(cluster, "p", lines=5) == "1.50\nü\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no cluster is known"),
        ("{", "cannot be used"),
        ("kind: Config\n", "cannot be used"),
        ('{"contexts": [], "clusters": [], "users": [], "current-context": "x"}', "cannot be used"),
    ],
)
def test_a_configuration_that_cannot_be_used(tmp_path, monkeypatch, content, words) -> None:
    file = tmp_path / "config"
    monkeypatch.setenv("KUBECONFIG", str(file))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    if content is not None:
        file.write_text(content)
    with pytest.raises(ParameterError, match=words) as caught, connected():
        pass
    assert str(file) in str(caught.value)


def test_an_unknown_context_is_named_with_those_that_there_are(api_server) -> None:
    with pytest.raises(ParameterError, match="no context 'ther'; Known: here"), connected(context="ther"):
        pass


def test_in_a_pod_its_own_account_is_used(tmp_path, monkeypatch) -> None:
    """Without a kubeconfig, KUBERNETES_SERVICE_HOST decides; where there is no token, that is said."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    if Path("/var/run/secrets/kubernetes.io/serviceaccount/token").exists():
        with connected() as cluster:
            assert cluster.server == "https://10.0.0.1:443"
    else:
        with pytest.raises(ParameterError, match="cannot be used"), connected():
            pass


def found_missing(spec: dict[str, Any]) -> str:
    with connected() as cluster, pytest.raises(ArgosyError) as caught:
        check(cluster, manifest(**spec))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_all_that_a_workflow_needs_is_there(api_server) -> None:
    api_server.objects["/api/v1/namespaces/team/secrets/key"] = {}
    with connected() as cluster:
        assert check(cluster, manifest(imagePullSecrets=[{"name": "key"}])) == ""
    assert not [request for request in api_server.requests if request[1].endswith("/workflows")]


def test_argo_is_not_installed(api_server) -> None:
    api_server.answers["GET", "/apis/argoproj.io/v1alpha1"] = (404, b"404 page not found\n")
    assert "has no Argo Workflows" in found_missing({})


def test_the_namespace_is_not_there(api_server) -> None:
    del api_server.objects["/api/v1/namespaces/team"]
    assert "kubectl create namespace team" in found_missing({})


@pytest.mark.parametrize("template", [False, True])
def test_the_service_account_is_not_there(api_server, template) -> None:
    spec = {"templates": [{"name": "t", "serviceAccountName": "push"}]} if template else {"serviceAccountName": "push"}
    error = found_missing(spec)
    assert "no service account 'push' in namespace 'team'" in error
    assert "kubectl apply -k manifests/argo" in error


@pytest.mark.parametrize(("rights", "words"), [(set(), "may not create or patch"), ({"create"}, "may not patch")])
def test_the_service_account_lacks_a_right(api_server, rights, words) -> None:
    api_server.rights = rights
    error = found_missing({})
    assert f"{words} workflowtaskresults.argoproj.io" in error
    review = api_server.bodies(REVIEWS)[0]["spec"]
    assert review["user"] == "system:serviceaccount:team:argosy"


def test_what_we_may_not_look_at_is_told_with_the_rules_in_one_line(api_server) -> None:
    forbidden = (403, said(403, "forbidden"))
    api_server.answers |= {
        ("GET", "/api/v1/namespaces/team"): forbidden,
        ("GET", "/api/v1/namespaces/team/serviceaccounts/argosy"): forbidden,
        ("GET", "/api/v1/namespaces/team/secrets/key"): forbidden,
        ("POST", REVIEWS): forbidden,
    }
    with connected() as cluster:
        assert check(cluster, manifest(imagePullSecrets=[{"name": "key"}])) == (
            "not checked, for want of a right in namespace team: whether namespace 'team' is there (get namespaces); "
            "whether serviceaccount 'argosy' is there (get serviceaccounts); what service account 'argosy' may do "
            "(create localsubjectaccessreviews.authorization.k8s.io); whether secret 'key' is there (get secrets)"
        )


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"imagePullSecrets": [{"name": "pull"}]}, "no secret 'pull' in namespace 'team'"),
        ({"templates": [{"container": {"envFrom": [{"secretRef": {"name": "store"}}]}}]}, "no secret 'store'"),
        ({"volumes": [{"secret": {"secretName": "key"}}]}, "no secret 'key'"),
        ({"volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]}, "no persistentvolumeclaim 'data'"),
        ({"volumes": [{"configMap": {"name": "rules"}}]}, "no configmap 'rules' in namespace 'team'"),
        ({"templates": [{"container": {"env": [{"valueFrom": {"configMapKeyRef": {"name": "c"}}}]}}]}, "configmap 'c'"),
    ],
)
def test_what_pods_name_is_not_there(api_server, spec, words) -> None:
    error = found_missing(spec)
    assert words in error
    assert "never start" in error


def test_a_secret_is_looked_for_without_reading_it(api_server) -> None:
    found_missing({"imagePullSecrets": [{"name": "pull"}]})
    assert "PartialObjectMetadata" in api_server.accepted["/api/v1/namespaces/team/secrets/pull"]


def test_an_optional_secret_may_be_missing(api_server) -> None:
    with connected() as cluster:
        check(cluster, manifest(volumes=[{"secret": {"secretName": "key", "optional": True}}]))
