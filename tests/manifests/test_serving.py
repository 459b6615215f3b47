"""manifests/serving: what serving.md's readers would look for first, in each way that the parts combine."""

import argparse
import itertools
from pathlib import Path

import pytest

from argosy.cli import serve
from argosy.cli.serve import channel_arguments

MANIFESTS = Path(__file__).parents[2] / "manifests"
SOURCES = (["pvc"], ["puller", "s3"], ["puller", "gcs-key"])
SERVERS: tuple[list[str], ...] = ([], ["gpu", "batching", "monitoring"], ["local"], ["local", "monitoring"])
LONGEST_REQUEST_SECONDS = 30
MOST_OF_A_CONNECTIONS_AGE = 1.1
"""gRPC spreads the end of connections by a tenth, so that not all clients come back at once."""


@pytest.fixture(
    scope="module",
    params=[(*source, *server) for source, server in itertools.product(SOURCES, SERVERS)],
    ids=lambda parts: "+".join(parts),
)
def documents(request, render, kustomize, tmp_path_factory):
    """A user's own kustomization, as the README tells to write it."""
    components = [f"serving/components/{name}" for name in (*request.param, "settings")]
    values = ["model=flights", "source=s3://bucket/flights"]
    settings = {"name": "argosy-serving-settings", "behavior": "merge", "literals": values}
    folder = kustomize(
        tmp_path_factory.mktemp("serving"),
        resources=["serving/base"],
        components=components,
        namespace="team",
        nameSuffix="-flights",
        configMapGenerator=[settings],
    )
    return render(folder)


def only(documents, kind):
    (found,) = [document for document in documents if document["kind"] == kind]
    return found


def container(documents, name="server"):
    spec = only(documents, "Deployment")["spec"]["template"]["spec"]
    return next((one for one in spec["containers"] if one["name"] == name), None)


def arguments(found):
    return dict(one.removeprefix("--").split("=", 1) for one in found["args"] if "=" in one)


def is_local(documents):
    return container(documents)["command"] == ["argosy", "serve"]


def test_the_users_model_is_everywhere_and_the_examples_nowhere(documents):
    assert "penguins" not in str(documents)
    for probe in ("startupProbe", "readinessProbe"):
        assert container(documents)[probe]["httpGet"] == {"path": "/v1/models/flights/metadata", "port": "rest"}
    labels = {"app.kubernetes.io/name": "argosy-serving", "argosy.dev/model": "flights"}
    spec = only(documents, "Deployment")["spec"]
    assert spec["selector"]["matchLabels"] == labels == spec["template"]["metadata"]["labels"]
    for document in documents:
        if document["kind"] == "Service":
            assert document["spec"]["selector"] == labels
        elif document["kind"] == "NetworkPolicy":
            assert document["spec"]["podSelector"]["matchLabels"] == labels
        elif document["kind"] == "PodDisruptionBudget":
            assert document["spec"]["selector"]["matchLabels"] == labels
    if is_local(documents):
        assert arguments(container(documents))["model-name"] == "flights"
        assert arguments(container(documents))["model-base-path"] == "/models/flights"
    else:
        text = next(one["data"]["models.config"] for one in documents if "models.config" in one.get("data", {}))
        assert 'name: "flights"' in text
        assert 'base_path: "/models/flights/"' in text
    puller = container(documents, "puller")
    if puller:
        assert puller["args"][:3] == ["pull", "s3://bucket/flights", "/models/flights"]


def test_the_local_server_takes_its_arguments(documents):
    if not is_local(documents):
        return
    parser = argparse.ArgumentParser(exit_on_error=False)
    serve.add_arguments(parser)
    given = parser.parse_args(container(documents)["args"])
    assert given.host == "0.0.0.0", "probes and clients come from elsewhere"
    ports = {port["name"]: port["containerPort"] for port in container(documents)["ports"]}
    assert (given.port, given.rest_api_port) == (ports["grpc"], ports["rest"])
    assert not [one for one in documents if one["kind"] == "ConfigMap"], "it reads none"


def test_a_pod_that_leaves_has_no_client_left(documents):
    """Requests in flight have their time after that in which clients are sent away, and connections end within that."""
    spec = only(documents, "Deployment")["spec"]["template"]["spec"]
    found = container(documents)
    if is_local(documents):
        away, age = float(arguments(found)["drain-seconds"]), arguments(found)["grpc-channel-arguments"]
        assert "lifecycle" not in found, "it drains by itself, and would do so twice"
    else:
        away, age = int(found["lifecycle"]["preStop"]["exec"]["command"][1]), arguments(found)["grpc_channel_arguments"]
        assert float(arguments(found)["rest_api_timeout_in_ms"]) / 1000 <= LONGEST_REQUEST_SECONDS
    assert spec["terminationGracePeriodSeconds"] >= away + LONGEST_REQUEST_SECONDS
    age_seconds = float(channel_arguments(age)["grpc.max_connection_age_ms"]) / 1000
    assert age_seconds * MOST_OF_A_CONNECTIONS_AGE + 2 < away
    assert only(documents, "Deployment")["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_the_models_state_makes_a_pod_ready_but_never_restarts_it(documents):
    found = container(documents)
    assert found["livenessProbe"]["tcpSocket"] == {"port": "grpc"}
    assert "httpGet" not in found["livenessProbe"]
    startup = found["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 5 * 60 + 120, (
        "five retries of a load, and the load"
    )
    assert found["readinessProbe"]["periodSeconds"] <= 5


def test_the_autoscaler_owns_the_number_of_replicas(documents):
    deployment, scaler = only(documents, "Deployment"), only(documents, "HorizontalPodAutoscaler")
    assert "replicas" not in deployment["spec"]
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"] == "argosy-serving-flights"
    assert scaler["spec"]["minReplicas"] >= 2
    assert only(documents, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_only_clients_come_in_and_only_what_is_needed_goes_out(documents):
    policy = only(documents, "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert all(rule.get("from") for rule in policy["ingress"]), "a rule without `from` lets everyone in"
    out = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert out == ({53, 443} if container(documents, "puller") else {53})


def test_running_servers_hear_of_other_versions_and_restart_for_other_settings(documents):
    if is_local(documents):
        return
    names = {next(iter(one["data"])): one["metadata"]["name"] for one in documents if one["kind"] == "ConfigMap"}
    spec = only(documents, "Deployment")["spec"]["template"]["spec"]
    mounted = {volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume}
    assert mounted == set(names.values())
    assert names["models.config"] == "argosy-serving-models-flights", "without a digest in its name it can be edited"
    assert all("subPath" not in mount for mount in container(documents)["volumeMounts"]), "such a file never changes"
    assert arguments(container(documents))["model_config_file_poll_wait_seconds"] != "0"


def test_servers_cannot_change_models(documents):
    (mount,) = [one for one in container(documents)["volumeMounts"] if one["name"] == "models"]
    assert mount["readOnly"] is True


def test_the_servers_memory_is_its_own(documents):
    resources = container(documents)["resources"]
    assert resources["limits"]["memory"] == resources["requests"]["memory"]
