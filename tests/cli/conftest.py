"""A server that answers as Kubeflow Pipelines' API does, and one that answers as S3 does."""

import http.server
import io
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RUN = "0b7a3c5e-1d2f-4a6b-8c9d-0e1f2a3b4c5d"


class KfpServer(http.server.ThreadingHTTPServer):
    """The part of the v2beta1 API that a submission needs.

    `requests` is what came in, as (method, path, body); `states` is what a run goes through, one step at each look
    (`fails` there is the HTTP status instead of 200);
    `answers` overrules an answer: (method, path) -> (status, content).
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), KfpHandler)
        self.requests: list[tuple[str, str, Any]] = []
        self.experiments: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = [{"state": "SUCCEEDED"}]
        self.answers: dict[tuple[str, str], tuple[int, bytes]] = {}
        self.token = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def bodies(self, path: str) -> list[Any]:
        return [body for method, found, body in self.requests if method == "POST" and found == path]


class KfpHandler(http.server.BaseHTTPRequestHandler):
    server: KfpServer

    def log_message(self, *args: Any) -> None:
        """Stays silent."""

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        path = urllib.parse.urlsplit(self.path).path
        self.server.requests.append((self.command, path, body))
        if self.server.token and self.headers.get("Authorization") != f"Bearer {self.server.token}":
            return self._send(401, b'{"error": "Unauthenticated", "code": 16, "message": "Request header error"}')
        if (self.command, path) in self.server.answers:
            return self._send(*self.server.answers[self.command, path])
        content = self._content(path, body)
        return self._send(content.pop("fails", 200), json.dumps(content).encode())

    def _content(self, path: str, body: Any) -> Any:
        match self.command, path.removeprefix("/apis/v2beta1/"):
            case "GET", "healthz":
                return {"multi_user": False}
            case "GET", "experiments":
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                wanted = json.loads(query["filter"][0])["predicates"][0]["stringValue"]
                return {"experiments": [e for e in self.server.experiments if e["display_name"] == wanted]}
            case "POST", "experiments":
                self.server.experiments.append({"experiment_id": "e-1", **body})
                return self.server.experiments[-1]
            case "POST", "runs":
                return {"run_id": RUN, "state": "PENDING", **body}
            case "GET", found if found == f"runs/{RUN}":
                states = self.server.states
                return {"run_id": RUN, **(states.pop(0) if len(states) > 1 else states[0])}
        raise AssertionError(f"the API has no {self.command} {path}")

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class StoreServer(http.server.ThreadingHTTPServer):
    """One bucket of an object store: `files` is key -> content.

    `is_closed` shows nothing to anybody, `is_read_only` takes nothing; `written` has the keys as they came in.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StoreHandler)
        self.files: dict[str, bytes] = {}
        self.is_closed = False
        self.is_read_only = False
        self.written: list[str] = []
        self.parts: dict[str, bytes] = {}


class StoreHandler(http.server.BaseHTTPRequestHandler):
    server: StoreServer
    protocol_version = "HTTP/1.1"  # a client waits for "100 Continue" otherwise

    def log_message(self, *args: Any) -> None:
        """Stays silent."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        """One part of an upload, or a whole file."""
        key, query = self._asked()
        content = dechunked(io.BytesIO(dechunked(self.rfile))) if "Transfer-Encoding" in self.headers else self._body()
        if "uploadId" in query:
            self.server.parts[key] = self.server.parts.get(key, b"") + content
        else:
            self._write(key, content)
        self._send(403 if self.server.is_read_only else 200, b"")

    def do_POST(self) -> None:
        """The beginning of an upload in parts, and its end."""
        key, query = self._asked()
        self._body()
        if "uploadId" in query:
            self._write(key, self.server.parts.pop(key))
            answer = f"<CompleteMultipartUploadResult><Key>{key}</Key></CompleteMultipartUploadResult>"
        else:
            answer = (
                f"<InitiateMultipartUploadResult><Key>{key}</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>"
            )
        self._send(403 if self.server.is_read_only else 200, answer.encode())

    def do_GET(self) -> None:
        key, query = self._asked()
        status, content = 200, self.server.files.get(key, b"")
        if "list-type" in query:
            content = self._listing(query.get("prefix", ""))
        elif key and key not in self.server.files:
            status = 404
        if self.server.is_closed:
            status, content = 403, b""
        self._send(status, content)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _asked(self) -> tuple[str, dict[str, str]]:
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True))
        return urllib.parse.unquote(address.path.lstrip("/").partition("/")[2]), query

    def _write(self, key: str, content: bytes) -> None:
        if not self.server.is_read_only:
            self.server.files[key] = content
            self.server.written.append(key)

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _listing(self, prefix: str) -> bytes:
        found = [key for key in self.server.files if key.startswith(prefix)]
        entries = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(self.server.files[key])}</Size>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for key in found
        )
        head = f"<Name>b</Name><IsTruncated>false</IsTruncated><KeyCount>{len(found)}</KeyCount>"
        return f"<ListBucketResult>{head}{entries}</ListBucketResult>".encode()


def dechunked(stream: io.BufferedIOBase) -> bytes:
    """Returns a body without the sizes in it: HTTP's own, and the like that the AWS SDK has inside of that."""
    content = b""
    while size := int(stream.readline().partition(b";")[0], 16):
        content += stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass
    return content


@pytest.fixture
def kfp_server(served: Callable[[http.server.HTTPServer], str]) -> KfpServer:
    server = KfpServer()
    served(server)
    return server


@pytest.fixture
def object_store(monkeypatch: pytest.MonkeyPatch, served: Callable[[http.server.HTTPServer], str]) -> StoreServer:
    server = StoreServer()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{served(server)}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return server


class ApiServer(http.server.ThreadingHTTPServer):
    """The part of a Kubernetes API server that a submission needs.

    `requests` is what came in, as (method, path, body), `accepted` path -> the Accept header of its last request;
    `objects` is what there is, path -> object or raw bytes;
    `answers` overrules an answer: (method, path) -> (status, content);
    `stages` is what a Workflow goes through, one at each look; `rights` is what the service accounts may do.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ApiHandler)
        core = "/api/v1/namespaces/team"
        self.requests: list[tuple[str, str, Any]] = []
        self.objects: dict[str, Any] = {
            "/apis/argoproj.io/v1alpha1": {"kind": "APIResourceList", "resources": []},
            core: {},
            f"{core}/serviceaccounts/argosy": {},
            f"{core}/serviceaccounts/default": {},
        }
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}
        self.accepted: dict[str, str] = {}
        self.stages: list[dict[str, Any]] = []
        self.rights = {"create", "patch"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def bodies(self, path: str) -> list[Any]:
        return [body for method, found, body in self.requests if method in ("POST", "PATCH") and found == path]


def status(code: int, message: str, kind: str = "") -> dict[str, Any]:
    """The object with which an API server refuses."""
    return {"kind": "Status", "status": "Failure", "code": code, "message": message, "details": {"kind": kind}}


class ApiHandler(http.server.BaseHTTPRequestHandler):
    server: ApiServer

    def log_message(self, *args: Any) -> None:
        """Stays silent."""

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    do_PATCH = do_POST

    def _answer(self, body: Any) -> None:
        path = urllib.parse.urlsplit(self.path).path
        self.server.requests.append((self.command, path, body))
        self.server.accepted[path] = self.headers["Accept"]
        code, content = self.server.answers.get((self.command, path)) or self._content(path, body)
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if isinstance(content, bytes) else "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _content(self, path: str, body: Any) -> tuple[int, Any]:
        server = self.server
        if path.endswith("subjectaccessreviews"):
            return 201, {"status": {"allowed": body["spec"]["resourceAttributes"]["verb"] in server.rights}}
        if self.command == "POST" and path.endswith("/workflows"):
            name = body["metadata"].get("name") or body["metadata"]["generateName"] + "1"
            return 201, {**body, "metadata": {**body["metadata"], "name": name}}
        if self.command == "PATCH":
            return 200, {}
        if "/workflows/" in path and server.stages:
            return 200, server.stages.pop(0) if len(server.stages) > 1 else server.stages[0]
        if path in server.objects:
            return 200, server.objects[path]
        return 404, status(404, f"{path} not found", "thing")


@pytest.fixture
def api_server(
    served: Callable[[http.server.HTTPServer], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ApiServer:
    """An API server that KUBECONFIG names."""
    server = ApiServer()
    served(server)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server.url}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "team"}}],
        "current-context": "here",
    }
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(file))
    return server


@pytest.fixture
def failed_workflow() -> dict[str, Any]:
    """A Workflow as Argo 3.7.17 left it: tasks that end well, fail, are skipped, retried, in a loop."""
    return dict(json.loads((Path(__file__).parent / "workflow.json").read_text()))
