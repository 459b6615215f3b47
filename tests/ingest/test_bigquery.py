"""BigQuery through Google's own client, against a server that speaks its REST API: jobs, pages, tables, faults."""

import base64
import concurrent.futures
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.cloud import bigquery_storage
from google.cloud.bigquery_storage_v1 import types
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport
from pyarrow import parquet

from argosy.errors import ArgosyError, DataError, ParameterError, StorageError
from argosy.ingest import bigquery as argosy_bigquery
from argosy.ingest.bigquery import bigquery_batches, state_of_tables
from argosy.ingest.fetch import fetched
from argosy.ingest.queries import read_queries
from argosy.ingest.source import resolve_source
from argosy.ingest.spans import ANY

URL = "bigquery://proj/trips?location=EU"
NUMBERS = [{"name": "x", "type": "INTEGER"}]


class BigQuery:
    """What the server knows: one answer to every query, tables, and faults that are still to come."""

    def __init__(self) -> None:
        self.schema: list[dict[str, Any]] = NUMBERS
        self.rows: list[list[Any]] = [[str(number)] for number in range(25)]
        self.tables = {"rides": {"type": "TABLE", "lastModifiedTime": "1700000000000"}}
        self.page = 10
        self.faults: list[tuple[str, int, str]] = []
        self.configurations: list[dict[str, Any]] = []
        self.requests: list[str] = []

    def fail(self, where: str, status: int, reason: str, times: int = 1) -> None:
        """Lets the next requests whose method and path match fail."""
        self.faults += [(where, status, reason)] * times

    def answer(self, method: str, path: str, options: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        self.requests.append(f"{method} {path}")
        for fault in self.faults:
            if re.search(fault[0], f"{method} {path}"):
                self.faults.remove(fault)
                return fault[1], _error(fault[1], fault[2], f"the server says {fault[2]}")
        if method == "POST" and path.endswith("/jobs"):
            return 200, self._insert(body)
        if "/queries/" in path:
            return 200, self._results(options)
        if "/tables/" in path:
            name = path.rpartition("/")[2]
            if name in self.tables:
                return 200, {"tableReference": _table(name), "numRows": "7", "numBytes": "70", **self.tables[name]}
            return 404, _error(404, "notFound", f"Not found: Table proj:trips.{name}")
        return 200, self._job(self.configurations[-1])

    def _insert(self, body: dict[str, Any]) -> dict[str, Any]:
        self.configurations.append(body["configuration"])
        return self._job(body["configuration"], body.get("jobReference", {}))

    def _job(self, configuration: dict[str, Any], reference: dict[str, Any] = {}) -> dict[str, Any]:  # noqa: B006
        listed = {"referencedTables": [_table(name) for name in self.tables], "schema": {"fields": self.schema}}
        answer = {"projectId": "proj", "datasetId": "_anon", "tableId": "answer"}
        statistics = {"totalBytesProcessed": "70", "query": {"statementType": "SELECT", **listed}}
        return {
            "jobReference": {"projectId": "proj", "jobId": "job-1", "location": "EU", **reference},
            "configuration": {"jobType": "QUERY", "query": {**configuration["query"], "destinationTable": answer}},
            "status": {"state": "DONE"},
            "statistics": statistics,
        }

    def _results(self, options: dict[str, str]) -> dict[str, Any]:
        size = min(int(options.get("maxResults", self.page)), self.page)
        start = int(options.get("pageToken", 0))
        found: dict[str, Any] = {
            "jobReference": {"projectId": "proj", "jobId": "job-1", "location": "EU"},
            "schema": {"fields": self.schema},
            "jobComplete": True,
            "totalRows": str(len(self.rows)),
            "rows": [{"f": [{"v": value} for value in row]} for row in self.rows[start : start + size]],
        }
        if start + size < len(self.rows):
            found["pageToken"] = str(start + size)
        return found


def _table(name: str) -> dict[str, str]:
    return {"projectId": "proj", "datasetId": "trips", "tableId": name}


def _error(status: int, reason: str, message: str) -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigQuery]:
    known = BigQuery()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("GET", {})

        def do_POST(self) -> None:
            self._reply("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _reply(self, method: str, body: dict[str, Any]) -> None:
            path, _, options = self.path.partition("?")
            status, content = known.answer(method, path, dict(urllib.parse.parse_qsl(options)), body)
            raw = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{running.server_port}")
        monkeypatch.setattr(argosy_bigquery, "_PATIENCE_SECONDS", 3.0)
        yield known
        running.shutdown()
        thread.join()


def asked(query: str = "SELECT x FROM rides", url: str = URL) -> pa.Table:
    return pa.Table.from_batches(list(bigquery_batches(url, query)))


def test_an_answer_of_several_pages_arrives_whole_and_in_order(server: BigQuery) -> None:
    assert asked().column("x").to_pylist() == list(range(25))
    assert sum("/queries/" in request for request in server.requests) >= 3
    (configuration,) = server.configurations
    assert configuration["query"]["query"] == "SELECT x FROM rides"
    assert configuration["query"]["defaultDataset"] == {"projectId": "proj", "datasetId": "trips"}


@pytest.mark.parametrize(
    ("type_", "wire", "value"),
    [
        ("INTEGER", "0", 0),
        ("INTEGER", str(2**62), 2**62),
        ("BOOLEAN", "false", False),
        ("FLOAT", "0.0", 0.0),
        ("FLOAT", "Infinity", float("inf")),
        ("STRING", "", ""),
        ("STRING", "é", "é"),
        ("BYTES", base64.b64encode(b"\0\xff").decode(), b"\0\xff"),
        ("JSON", '{"a":1}', '{"a":1}'),
        ("GEOGRAPHY", "POINT(1 2)", "POINT(1 2)"),
    ],
)
def test_values_stay_what_they_are_and_null_stays_null(server: BigQuery, type_: str, wire: str, value: Any) -> None:
    server.schema, server.rows = [{"name": "x", "type": type_}], [[wire], [None]]
    assert asked().column("x").to_pylist() == [value, None]


@pytest.mark.parametrize(
    ("type_", "wire", "arrow"),
    [
        ("NUMERIC", "1.5", pa.decimal128(38, 9)),
        ("BIGNUMERIC", "1.5", pa.decimal256(76, 38)),
        ("DATE", "2017-01-01", pa.date32()),
        ("DATETIME", "2017-01-01T00:00:01", pa.timestamp("us")),
        ("TIME", "00:00:01", pa.time64("us")),
        ("TIMESTAMP", "1483228800000000", pa.timestamp("us", "UTC")),
    ],
)
def test_types_that_features_convert_arrive_as_such(
    server: BigQuery, type_: str, wire: str, arrow: pa.DataType
) -> None:
    server.schema, server.rows = [{"name": "x", "type": type_}], [[wire], [None]]
    found = asked()
    assert found.schema.field("x").type == arrow
    assert found.column("x").null_count == 1


def test_an_array_is_a_list_also_an_empty_one(server: BigQuery) -> None:
    server.schema = [{"name": "x", "type": "INTEGER", "mode": "REPEATED"}]
    server.rows = [[[{"v": "1"}, {"v": "0"}]], [[]]]
    assert asked().column("x").to_pylist() == [[1, 0], []]


def test_an_answer_becomes_features(server: BigQuery, tmp_path: Path) -> None:
    columns = {
        "n": ("NUMERIC", "1.5", [1.5]),
        "b": ("BIGNUMERIC", "0", [0.0]),
        "d": ("DATE", "1970-01-03", [2]),
        "at": ("TIMESTAMP", "1000000", [1_000_000]),
        "flag": ("BOOLEAN", "false", [0]),
        "f": ("FLOAT", "0.0", [0.0]),
        "s": ("STRING", "", [b""]),
        "none": ("INTEGER", None, None),
    }
    server.schema = [{"name": name, "type": type_} for name, (type_, _, _) in columns.items()]
    server.rows = [[wire for _, wire, _ in columns.values()], [None] * len(columns)]
    queries = read_queries({"connection": "bigquery://", "query": "SELECT * FROM rides"}, ANY)
    with fetched(queries, str(tmp_path), {}) as (source,):
        table = parquet.read_table(source.files[0])
    assert table.to_pylist() == [{name: value for name, (_, _, value) in columns.items()}, dict.fromkeys(columns)]
    assert table.schema.field("none").type == pa.list_(pa.int64()), "its type is known without a value"


def test_an_empty_answer_is_one(server: BigQuery) -> None:
    server.rows = []
    assert sum(batch.num_rows for batch in bigquery_batches(URL, "SELECT x FROM rides")) == 0


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ({"type": "RECORD", "fields": [{"name": "a", "type": "INTEGER"}]}, "'x' is RECORD"),
        (
            {"type": "RECORD", "mode": "REPEATED", "fields": [{"name": "a", "type": "INTEGER"}]},
            "'x' is ARRAY of RECORD",
        ),
        ({"type": "INTERVAL"}, "'x' is INTERVAL"),
        ({"type": "RANGE", "rangeElementType": {"type": "DATE"}}, "'x' is RANGE"),
        ({"type": "SOMETHING_NEW"}, "'x' is SOMETHING_NEW"),
    ],
)
def test_a_type_that_a_feature_cannot_hold_is_refused_by_name(
    server: BigQuery, field: dict[str, Any], named: str
) -> None:
    server.schema, server.rows = [{"name": "x", **field}], []
    with pytest.raises(DataError, match=named):
        asked()


@pytest.mark.parametrize(
    ("status", "reason", "kind", "said"),
    [
        (400, "invalidQuery", DataError, "refuses the query: .*invalidQuery"),
        (403, "accessDenied", StorageError, "does not let the account: .*BigQuery Job User"),
        (404, "notFound", DataError, "notFound.*check project, dataset, table"),
        (412, "conditionNotMet", StorageError, "run the step again"),
    ],
)
def test_a_refusal_says_what_to_do(
    server: BigQuery, status: int, reason: str, kind: type[ArgosyError], said: str
) -> None:
    server.fail("POST .*/jobs", status, reason)
    with pytest.raises(kind, match=said) as caught:
        state_of_tables(URL, "SELECT x FROM rides")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "reason"), [(500, "internalError"), (503, "backendError"), (429, "rateLimitExceeded")]
)
def test_a_passing_fault_is_waited_out(server: BigQuery, status: int, reason: str) -> None:
    server.fail("GET .*/queries/", status, reason)
    assert asked().num_rows == 25
    assert not server.faults


def test_a_fault_that_stays_ends_the_step(server: BigQuery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argosy_bigquery, "_PATIENCE_SECONDS", 0.5)
    server.fail("POST .*/jobs", 503, "backendError", times=20)
    with pytest.raises(StorageError, match=r"BigQuery: .*run the step again"):
        state_of_tables(URL, "SELECT x FROM rides")


def test_pages_that_end_early_are_noticed(server: BigQuery) -> None:
    batches = bigquery_batches(URL, "SELECT x FROM rides")
    next(batches)
    server.rows = server.rows[:15]
    with pytest.raises(StorageError, match="has 25 rows and 15 arrived"):
        list(batches)


def test_a_connection_lost_between_pages_ends_the_step(server: BigQuery) -> None:
    batches = bigquery_batches(URL, "SELECT x FROM rides")
    next(batches)
    server.fail("GET .*/queries/", 403, "accessDenied")
    with pytest.raises(StorageError, match="does not let the account"):
        list(batches)


def test_the_state_changes_with_the_tables_and_nothing_is_read(server: BigQuery) -> None:
    first = state_of_tables(URL, "SELECT x FROM rides")
    assert first == state_of_tables(URL, "SELECT x FROM rides")
    assert all(configuration["dryRun"] for configuration in server.configurations)
    assert not any("/queries/" in request for request in server.requests)
    server.tables["rides"]["lastModifiedTime"] = "1700000001000"
    assert state_of_tables(URL, "SELECT x FROM rides") not in ("", first)


@pytest.mark.parametrize("kind", ["EXTERNAL", "VIEW"])
def test_what_cannot_tell_its_age_has_no_state(server: BigQuery, kind: str) -> None:
    server.tables["rides"]["type"] = kind
    assert state_of_tables(URL, "SELECT x FROM rides") == ""


def test_a_table_behind_a_view_that_the_account_may_not_see_has_no_state(server: BigQuery) -> None:
    server.fail("GET .*/tables/rides", 403, "accessDenied")
    assert state_of_tables(URL, "SELECT x FROM rides_view") == ""


def test_rows_that_are_still_streaming_in_have_no_state(server: BigQuery) -> None:
    server.tables["rides"]["streamingBuffer"] = {"estimatedRows": "1"}  # type: ignore[assignment]
    assert state_of_tables(URL, "SELECT x FROM rides") == ""


@pytest.mark.parametrize("query", ["SELECT current_date() AS d", "SELECT * FROM t WHERE RAND () < 0.1"])
def test_a_query_that_answers_otherwise_each_time_has_no_state(server: BigQuery, query: str) -> None:
    assert state_of_tables(URL, query) == ""
    assert not server.requests


def test_the_driver_sees_span_and_fingerprint(server: BigQuery) -> None:
    given = {"connection": URL, "query": "SELECT x FROM rides WHERE day = @span_yyyymmdd_utc", "span": 17167}
    found = resolve_source(given)
    assert found == {**found, "span": 17167, "version": -1}
    assert server.configurations[-1]["query"]["query"].endswith("day = '20170101'")
    assert resolve_source({**given, "span": 17168})["fingerprint"] != found["fingerprint"] != ""


@pytest.mark.parametrize("url", ["bigquery://a/b/c", "bigquery://a?region=EU"])
def test_a_wrong_url_is_refused(server: BigQuery, url: str) -> None:
    with pytest.raises(ParameterError, match="bigquery://PROJECT/DATASET"):
        asked(url=url)


def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    with pytest.raises(StorageError, match=r"no credentials for BigQuery: .*GOOGLE_APPLICATION_CREDENTIALS"):
        asked()


@pytest.fixture
def storage(server: BigQuery, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The storage API, as gRPC, on the server's rows; gives the calls to it. "deny" in them: no permission."""
    calls: list[str] = []
    schema = pa.schema([("x", pa.int64())])
    arrow = types.ArrowSchema(serialized_schema=schema.serialize().to_pybytes())

    def create(request: Any, context: Any) -> Any:
        calls.append(f"session of {request.max_stream_count} stream")
        if "deny" in calls:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "bigquery.readsessions.create is missing")
        assert request.read_session.table == "projects/proj/datasets/_anon/tables/answer"
        return types.ReadSession(name="session", arrow_schema=arrow, streams=[types.ReadStream(name="session/0")])

    def read(request: Any, context: Any) -> Iterator[Any]:
        for start in range(0, len(server.rows), 10):
            numbers = [int(row[0]) for row in server.rows[start : start + 10]]
            batch = pa.record_batch([pa.array(numbers)], schema=schema)
            held = types.ArrowRecordBatch(serialized_record_batch=batch.serialize().to_pybytes())
            calls.append("rows")
            told = {} if start else {"arrow_schema": arrow}
            yield types.ReadRowsResponse(arrow_record_batch=held, row_count=len(numbers), **told)

    methods = {
        "CreateReadSession": grpc.unary_unary_rpc_method_handler(
            create, types.CreateReadSessionRequest.deserialize, types.ReadSession.serialize
        ),
        "ReadRows": grpc.unary_stream_rpc_method_handler(
            read, types.ReadRowsRequest.deserialize, types.ReadRowsResponse.serialize
        ),
    }
    running = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    service = "google.cloud.bigquery.storage.v1.BigQueryRead"
    running.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, methods),))
    port = running.add_insecure_port("127.0.0.1:0")
    running.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        client = bigquery_storage.BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))
        monkeypatch.setattr(argosy_bigquery, "_storage_client", lambda _: client)
        yield calls
    running.stop(0).wait()


def test_many_rows_come_by_the_storage_api_in_one_stream(server: BigQuery, storage: list[str]) -> None:
    assert asked().column("x").to_pylist() == list(range(25))
    assert storage == ["session of 1 stream", "rows", "rows", "rows"]


def test_without_the_right_to_the_storage_api_pages_are_read(server: BigQuery, storage: list[str]) -> None:
    storage.append("deny")
    assert asked().column("x").to_pylist() == list(range(25))
    assert storage == ["deny", "session of 1 stream"]


def test_few_rows_need_no_storage_api(server: BigQuery, storage: list[str]) -> None:
    server.rows = server.rows[:5]
    assert asked().num_rows == 5
    assert storage == []
