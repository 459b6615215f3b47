"""A cluster for the tests: for each module a namespace of its own, images, volumes, a store; all of it goes at the end.

What they need comes from the environment, and nothing else of the cluster is assumed than Argo Workflows in it:

    KUBECONFIG              the cluster
    ARGOSY_TEST_REGISTRY    the images' prefix, for Docker and for the cluster's nodes alike
    ARGOSY_TEST_BUILD       build our images and push them there first; without, ARGOSY_TEST_TAG says which are there
    ARGOSY_TEST_BASE        the image below those of the tests (default: debian:trixie-slim)
    ARGOSY_TEST_S3_ENDPOINT, _KEY, _SECRET, _BUCKET    an S3 that the tests and the pods reach by the same address
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy import __version__
from argosy.argo import ArgoOptions, argument_text, compile_argo
from argosy.cli.argo_client import connected, create_workflow
from argosy.components import relocate
from argosy.plan import read_plan
from argosy.runner.image_build import push_image
from argosy.runner.image_engine import build_network, connect

collect_ignore = ["scripts"]
"""What pods run is not there to be imported here."""

CHECKOUT = Path(__file__).parents[2]
USER = 10001
PODS = 4
"""How many pods of one run go on at once: the node of a test cluster is small."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """kubectl in one namespace."""

    namespace: str

    def run(self, *arguments: str, stdin: str = "", timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Returns what kubectl did, whether it went well or not."""
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout)

    def __call__(self, *arguments: str, stdin: str = "", timeout: float = 120) -> str:
        """Returns kubectl's output."""
        done = self.run(*arguments, stdin=stdin, timeout=timeout)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr or done.stdout}"
        return done.stdout

    def apply(self, *documents: dict[str, Any]) -> None:
        self("apply", "-f", "-", stdin=yaml.safe_dump_all(documents))

    def get(self, *arguments: str) -> Any:
        return json.loads(self("get", *arguments, "-o", "json"))

    def wait_until(self, what: str, seconds: float, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}\n{self('get', 'pods,events')}"
            time.sleep(0.5)

    def finished(self, name: str, seconds: float = 120) -> str:
        """Returns the log of a pod that ran to a good end."""

        def over() -> bool:
            return self.get("pod", name)["status"]["phase"] in ("Succeeded", "Failed")

        self.wait_until(f"pod {name} ends", seconds, over)
        text = self("logs", name)
        assert self.get("pod", name)["status"]["phase"] == "Succeeded", text
        return text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Store:
    """An S3, and where in it this session may write."""

    endpoint: str
    key: str
    secret: str
    bucket: str
    prefix: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def variables(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": "us-east-1",
        }


def pod(name: str, image: str, command: list[str], **more: Any) -> dict[str, Any]:
    """Returns a pod that ends by itself and passes `restricted`. More: fields of its container, `volumes`, `spec`."""
    volumes = [{"name": "tmp", "emptyDir": {}}, *more.pop("volumes", [])]
    mounts = [{"name": "tmp", "mountPath": "/tmp"}, *more.pop("volumeMounts", [])]
    spec = more.pop("spec", {})
    container = {
        "name": "main",
        "image": image,
        "command": command,
        "volumeMounts": mounts,
        "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "2Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **more,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"argosy.dev/serving-client": "true"}},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": volumes,
            **spec,
        },
    }


@pytest.fixture(scope="session")
def make_pod() -> Callable[..., dict[str, Any]]:
    """`pod` above."""
    return pod


@pytest.fixture(scope="session")
def api() -> Cluster:
    """The cluster, in no namespace in particular."""
    for variable, meaning in (
        ("KUBECONFIG", "a cluster to test on"),
        ("ARGOSY_TEST_REGISTRY", "a registry that this machine and the cluster's nodes reach by the same name"),
    ):
        if not os.environ.get(variable):
            pytest.skip(f"{variable} is not set: {meaning}")
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not on PATH")
    found = Cluster(namespace="default")
    answer = found.run("version", "--request-timeout=10s")
    if answer.returncode:
        pytest.skip(f"the cluster of KUBECONFIG does not answer: {answer.stderr.strip()}")
    if found.run("get", "crd", "workflows.argoproj.io").returncode:
        pytest.skip("the cluster of KUBECONFIG has no Argo Workflows")
    return found


@pytest.fixture(scope="session")
def tag(api: Cluster) -> str:
    """The tag of our images in the registry; another checkout's images have another, so that no node mixes them up."""
    if not os.environ.get("ARGOSY_TEST_BUILD"):
        return os.environ.get("ARGOSY_TEST_TAG", __version__)
    found = f"{__version__}-{_digest()}"
    command = [sys.executable, "-m", "argosy.cli.main", "images", "build", "--push"]
    subprocess.run(
        [*command, "--registry", os.environ["ARGOSY_TEST_REGISTRY"], "--tag", found],
        cwd=CHECKOUT, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, check=True,
    )  # fmt: skip
    return found


@pytest.fixture(scope="session")
def image(tag: str) -> Callable[[str], str]:
    """Argosy's images by name, as the cluster pulls them."""
    return lambda name: f"{os.environ['ARGOSY_TEST_REGISTRY']}/{name.replace('_', '-')}:{tag}"


@pytest.fixture(scope="session")
def foreign_image(image: Callable[[str], str]) -> Callable[[str], str]:
    """The tests' own images: `python` and `mariadb`, folders beside this file, and `plain`, the base itself."""
    made: dict[str, str] = {}

    def reference(name: str) -> str:
        if name not in made:
            made[name] = image(f"test-{name}")
            if os.environ.get("ARGOSY_TEST_BUILD"):
                _build(name, made[name])
        return made[name]

    return reference


def _build(name: str, reference: str) -> None:
    base = os.environ.get("ARGOSY_TEST_BASE", "debian:trixie-slim")
    with contextlib.closing(connect()) as client:
        if name == "plain":
            client.images.get(base).tag(reference)
        else:
            folder = str(Path(__file__).parent / name)
            arguments = {"BASE": base}
            network = build_network(client)
            client.images.build(path=folder, tag=reference, buildargs=arguments, network_mode=network, rm=True)
    push_image(reference, lambda event: None)


def _digest() -> str:
    """Returns what stands for everything that goes into the images."""
    total = hashlib.sha256()
    for folder in ("argosy", "components", "images", "pyproject.toml", "uv.lock", "tests/cluster"):
        path = CHECKOUT / folder
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if (
                file.is_file()
                and "__pycache__" not in file.parts
                and (folder != "tests/cluster" or file.suffix != ".py")
            ):
                total.update(f"{file.relative_to(CHECKOUT)}\0".encode() + file.read_bytes())
    return total.hexdigest()[:12]


@pytest.fixture(scope="session")
def namespace(
    api: Cluster, kustomize: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Any]:
    """A context with a namespace of manifests/argo/base, so one that enforces `restricted`; it goes with all in it."""

    @contextlib.contextmanager
    def make(kind: str) -> Iterator[Cluster]:
        name = f"argosy-test-{kind.replace('_', '-')}-{uuid.uuid4().hex[:6]}"
        found = Cluster(namespace=name)
        access = kustomize(tmp_path_factory.mktemp("access"), resources=["argo/base"], namespace=name)
        found("apply", "-k", str(access))
        try:
            yield found
        finally:
            if not os.environ.get("ARGOSY_TEST_KEEP"):
                found.run("delete", "workflows", "--all", "--wait=false")
                found("delete", "namespace", name, "--wait=false")

    return make


@pytest.fixture(scope="module")
def cluster(namespace: Callable[[str], Any], request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A namespace of the module's own."""
    with namespace(request.path.stem.removeprefix("test_")) as found:
        yield found


@dataclasses.dataclass(frozen=True, kw_only=True)
class Node:
    """A folder of the session's own on the node, and a root shell in it."""

    cluster: Cluster
    image: str
    folder: str

    def __call__(self, command: str) -> None:
        name = f"step-{uuid.uuid4().hex[:6]}"
        made = pod(
            name, self.image, ["sh", "-ec", command],
            workingDir=self.folder, securityContext={},
            volumes=[{"name": "node", "hostPath": {"path": self.folder, "type": "DirectoryOrCreate"}}],
            volumeMounts=[{"name": "node", "mountPath": self.folder}],
            spec={"securityContext": {"runAsUser": 0}},
        )  # fmt: skip
        self.cluster.apply(made)
        self.cluster.finished(name)


@pytest.fixture(scope="session")
def node(api: Cluster, foreign_image: Callable[[str], str]) -> Iterator[Node]:
    """The node's folder, in a namespace that lets a pod be root; what is in it goes at the end."""
    name = f"argosy-test-node-{uuid.uuid4().hex[:6]}"
    api("create", "namespace", name)
    found = Node(cluster=Cluster(namespace=name), image=foreign_image("plain"), folder=f"/tmp/{name}")
    yield found
    if os.environ.get("ARGOSY_TEST_KEEP"):
        return
    found("find . -mindepth 1 -delete")
    api("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def store(api: Cluster) -> Iterator[Store]:
    """An S3 with a bucket; what the session wrote there goes at the end."""
    from pyarrow import fs

    names = ("ENDPOINT", "KEY", "SECRET")
    given = {name.lower(): os.environ.get(f"ARGOSY_TEST_S3_{name}", "") for name in names}
    if not all(given.values()):
        pytest.skip("ARGOSY_TEST_S3_ENDPOINT, _KEY and _SECRET are not set: an S3 that the pods reach, too")
    bucket = os.environ.get("ARGOSY_TEST_S3_BUCKET", "argosy-test")
    found = Store(bucket=bucket, prefix=uuid.uuid4().hex[:8], **given)
    system = fs.S3FileSystem(
        endpoint_override=found.endpoint, access_key=found.key, secret_key=found.secret,
        allow_bucket_creation=True, region="us-east-1",
    )  # fmt: skip
    system.create_dir(bucket)
    yield found
    system.delete_dir_contents(f"{bucket}/{found.prefix}", missing_dir_ok=True)


@pytest.fixture(scope="module")
def store_secret(cluster: Cluster, store: Store) -> str:
    """The name of the secret that lets a step read and write the store."""
    literals = [f"--from-literal={key}={value}" for key, value in store.variables.items()]
    cluster("create", "secret", "generic", "argosy-store", *literals)
    return "argosy-store"


@pytest.fixture(scope="module")
def claim(cluster: Cluster, node: Node) -> Iterator[Callable[..., str]]:
    """Makes a claim on a folder of the node, with folders in it, that every user may write; returns its name."""
    made: list[str] = []

    def make(name: str, *folders: str) -> str:
        volume = f"{cluster.namespace}-{name}"
        paths = " ".join(f"{volume}/{folder}" for folder in ("", *folders))
        node(f"mkdir -p {paths} && chmod 777 {paths}")
        head = {"accessModes": ["ReadWriteMany"], "storageClassName": volume}
        size = {"storage": "1Gi"}
        cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": volume},
                "spec": {
                    **head,
                    "capacity": size,
                    "persistentVolumeReclaimPolicy": "Retain",
                    "hostPath": {"path": f"{node.folder}/{volume}", "type": "Directory"},
                },
            },
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": name},
                "spec": {**head, "volumeName": volume, "resources": {"requests": size}},
            },
        )
        made.append(volume)
        return name

    yield make
    if made and not os.environ.get("ARGOSY_TEST_KEEP"):
        cluster("delete", "persistentvolume", "--wait=false", *made)


@pytest.fixture(scope="module")
def metadata(
    cluster: Cluster,
    claim: Callable[..., str],
    image: Callable[[str], str],
    foreign_image: Callable[[str], str],
    kustomize: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], str]:
    """Applies manifests/metadata with our own server on `sqlite` or `mariadb`, and returns its URI for pods."""

    def apply(database: str) -> str:
        images = [_as_image("argosy/metadata", image("metadata"))]
        patches = []
        if database == "mariadb":
            claim("data-argosy-metadata-db-0")
            images.append(_as_image("mariadb", foreign_image("mariadb")))
            literals = ("--from-literal=user=mlmd", f"--from-literal=password={uuid.uuid4().hex}")
            cluster("create", "secret", "generic", "argosy-metadata-db", *literals)
        else:
            claim("argosy-metadata")
            doomed = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "argosy-metadata"}}
            patches.append({"patch": yaml.safe_dump({**doomed, "$patch": "delete"})})
        overlay = {"mariadb": "argosy", "sqlite": "sqlite"}[database]
        folder = kustomize(
            tmp_path_factory.mktemp("metadata"), resources=[f"metadata/overlays/{overlay}"],
            namespace=cluster.namespace, images=images, patches=patches,
        )  # fmt: skip
        cluster("apply", "-k", str(folder))
        cluster("rollout", "status", "deployment/argosy-metadata", "--timeout=180s", timeout=200)
        return f"grpc://argosy-metadata.{cluster.namespace}:8080"

    return apply


@pytest.fixture(scope="module")
def forwarded(cluster: Cluster) -> Iterator[Callable[[str, int], int]]:
    """Makes a port of a service one of this machine, and returns that."""
    with contextlib.ExitStack() as stack:

        def forward(service: str, port: int) -> int:
            command = ["kubectl", "--namespace", cluster.namespace, "port-forward", f"service/{service}", f":{port}"]
            running = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(running.terminate)
            assert running.stdout is not None
            return int(running.stdout.readline().split(" -> ")[0].rpartition(":")[2])

        yield forward


def _as_image(name: str, reference: str) -> dict[str, str]:
    repository, _, tag = reference.rpartition(":")
    return {"name": name, "newName": repository, "newTag": tag}


@pytest.fixture(scope="module")
def create_run(
    cluster: Cluster, image: Callable[[str], str], foreign_image: Callable[[str], str]
) -> Callable[..., str]:
    """Creates a Workflow of a compiled pipeline of the suite, its images those of the tests; returns its name."""
    pictures = {"argosy/cli:0.1.0": foreign_image("python"), "python:3.11": image("cli")}
    registry, _, tag = image("cli").partition("/cli:")

    def create(text: str, arguments: Mapping[str, Any], **options: Any) -> str:
        for name, reference in pictures.items():
            text = text.replace(f"image: {name}", f"image: {reference}")
        documents = list(yaml.safe_load_all(text))
        relocate(documents[0], registry=registry, tag=tag)
        plan = read_plan(documents)
        given = {"namespace": cluster.namespace, "service_account": "argosy-steps", "pod_image": image("importer")}
        manifest = compile_argo(plan, ArgoOptions(**{**given, **options}))
        manifest["spec"]["parallelism"] = PODS
        for parameter in manifest["spec"].get("arguments", {}).get("parameters", []):
            if parameter["name"] in arguments:
                value = arguments[parameter["name"]]
                parameter["value"] = argument_text(value, plan.root.parameters[parameter["name"]].type)
        with connected(cluster.namespace) as api:
            return create_workflow(api, manifest)

    return create
