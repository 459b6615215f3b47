"""The answer of BigQuery, batch by batch, and when the tables of a query were changed; by Google's own client."""

import contextlib
import json
import logging
import os
import re
import urllib.parse
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import pyarrow as pa

from argosy.errors import DataError, ParameterError, StorageError
from argosy.ingest.connection import BIGQUERY

_log = logging.getLogger("argosy.ingest")

_EMULATOR = "BIGQUERY_EMULATOR_HOST"
_PATIENCE_SECONDS = 300.0
"""How long a server that is busy or has a fault is asked again."""
_PAGE_ROWS = 10_000
_TYPES = (
    "STRING", "BYTES", "INTEGER", "INT64", "FLOAT", "FLOAT64", "BOOLEAN", "BOOL", "NUMERIC", "BIGNUMERIC", "DATE",
    "DATETIME", "TIME", "TIMESTAMP", "JSON", "GEOGRAPHY",
)  # fmt: skip
"""Those that `features` converts; lists of them too."""
_DATED = ("TABLE", "SNAPSHOT", "CLONE")
"""Kinds of tables that tell when their rows were changed; what lies outside BigQuery does not."""
_MOST_LISTED = 50
"""Of a query with more tables, BigQuery does not list all."""
_CHANGES_BY_ITSELF = re.compile(
    r"\b(CURRENT_(DATE|TIME|DATETIME|TIMESTAMP)\b|RAND\s*\(|GENERATE_UUID\s*\(|SESSION_USER\b|TABLESAMPLE\b|EXTERNAL_QUERY\b)",
    re.IGNORECASE,
)


def bigquery_batches(url: str, query: str) -> Generator[pa.RecordBatch, None, None]:
    """Yields the answer of a query, of the Arrow types that stand for its columns'.

    Args:
        url: `bigquery://PROJECT/DATASET?location=EU`, whose parts may be left out.
        query: GoogleSQL.

    Raises:
        ParameterError: The URL is wrong, or the client is not installed.
        DataError: The query is refused, a table is not there, or a column is of a type that a feature cannot hold.
        StorageError: BigQuery cannot be reached, does not let the account, or its answer broke off.
    """
    with _asked(url) as (bigquery, client):
        retry = _patient(bigquery.DEFAULT_RETRY)
        job = client.query(query, retry=retry, job_retry=_patient(bigquery.retry.DEFAULT_JOB_RETRY))
        rows = job.result(page_size=_PAGE_ROWS, retry=retry)
        _log.info("BigQuery job %s: %s rows, %s bytes read", job.job_id, rows.total_rows, job.total_bytes_processed)
        _check_types(rows.schema)
        # Each page says it anew, and would agree with an answer that was cut.
        total, arrived = rows.total_rows, 0
        for batch in _downloaded(client, job, rows):
            arrived += batch.num_rows
            yield batch
        if total not in (None, arrived):
            raise StorageError(f"the answer has {total} rows and {arrived} arrived; run the step again")


def state_of_tables(url: str, query: str) -> str:
    """Returns a text that changes with the tables that a query reads; empty where BigQuery cannot tell.

    Nothing is read: a dry run lists the tables, and each says when it was changed.

    Raises:
        ParameterError: The URL is wrong.
        DataError: The query is refused, or a table is not there.
        StorageError: BigQuery cannot be reached, or does not let the account.
    """
    if _CHANGES_BY_ITSELF.search(query):
        return ""
    with _asked(url) as (bigquery, client):
        from google.api_core import exceptions

        dry = bigquery.QueryJobConfig(dry_run=True)
        retry = _patient(bigquery.DEFAULT_RETRY)
        job = client.query(query, job_config=dry, retry=retry, job_retry=None)
        references = sorted(job.referenced_tables, key=str)
        if len(references) >= _MOST_LISTED:
            return ""
        try:
            tables = [client.get_table(reference, retry=retry) for reference in references]
        except (exceptions.Forbidden, exceptions.NotFound):
            # Who may ask a view need not see the tables below it.
            return ""
        if any(table.table_type not in _DATED or table.streaming_buffer for table in tables):
            return ""
        known = [[str(table.reference), str(table.modified), table.num_rows, table.num_bytes] for table in tables]
        return json.dumps([known, [field.to_api_repr() for field in job.schema or []]])


@contextlib.contextmanager
def _asked(url: str) -> Iterator[tuple[Any, Any]]:
    """Yields Google's module and a client of it; what they raise becomes an error of ours."""
    try:
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import bigquery
    except ImportError as error:
        raise ParameterError("connection: bigquery:// needs google-cloud-bigquery; install argosy[beam]") from error
    try:
        with contextlib.closing(_client(bigquery, url)) as client:
            yield bigquery, client
    except GoogleAuthError as error:
        raise StorageError(
            f"no credentials for BigQuery: {_line(error)}; give the step a service account, or a key file by "
            "GOOGLE_APPLICATION_CREDENTIALS"
        ) from error
    except (exceptions.Forbidden, exceptions.Unauthorized) as error:
        raise StorageError(
            f"BigQuery does not let the account: {_line(error)}; it needs the roles BigQuery Job User on the project "
            "and BigQuery Data Viewer on the tables"
        ) from error
    except exceptions.NotFound as error:
        raise DataError(f"{_line(error)}; check project, dataset, table and location") from error
    except exceptions.BadRequest as error:
        raise DataError(f"BigQuery refuses the query: {_line(error)}; mend the query") from error
    except (exceptions.GoogleAPICallError, exceptions.RetryError, OSError) as error:
        raise StorageError(f"BigQuery: {_line(error)}; nothing is published, run the step again") from error


def _client(bigquery: Any, url: str) -> Any:
    """Returns a client; of an emulator, where BIGQUERY_EMULATOR_HOST names one, without credentials.

    Raises:
        ParameterError: The URL is wrong.
    """
    scheme, _, rest = url.partition("://")
    place, _, options = rest.partition("?")
    project, _, dataset = place.partition("/")
    given = dict(urllib.parse.parse_qsl(options, keep_blank_values=True))
    if scheme.lower() != BIGQUERY or "/" in dataset or given.keys() - {"location"}:
        raise ParameterError("connection: write BigQuery's as bigquery://PROJECT/DATASET?location=EU, or less of it")
    more: dict[str, Any] = {}
    if os.environ.get(_EMULATOR):
        from google.auth.credentials import AnonymousCredentials

        more["credentials"], project = AnonymousCredentials(), project or "emulator"
    try:
        client = bigquery.Client(project=project or None, location=given.get("location"), **more)
    except OSError as error:
        raise ParameterError(f"connection: {_line(error)}; write bigquery://PROJECT") from error
    if dataset:
        client.default_query_job_config = bigquery.QueryJobConfig(default_dataset=f"{client.project}.{dataset}")
    return client


def _downloaded(client: Any, job: Any, rows: Any) -> Iterator[pa.RecordBatch]:
    """Yields the rows, by the storage API where it is installed and permitted, else by pages of JSON."""
    storage = _storage_client(client)
    if storage is not None:
        from google.api_core.exceptions import Forbidden

        batches = rows.to_arrow_iterable(bqstorage_client=storage, max_stream_count=1)
        try:
            first = next(batches, None)
        except Forbidden as error:
            _log.info("the storage API is not permitted (%s); reading page by page", _line(error))
            rows = job.result(page_size=_PAGE_ROWS)
        else:
            if first is not None:
                yield first
                yield from batches
            return
    yield from rows.to_arrow_iterable()


def _storage_client(client: Any) -> Any:
    """Returns a client of the storage API; None where it is not installed, or there is an emulator, which has none."""
    if os.environ.get(_EMULATOR):
        return None
    try:
        from google.cloud import bigquery_storage
    except ImportError:
        return None
    return bigquery_storage.BigQueryReadClient(credentials=client._credentials)


def _check_types(schema: Sequence[Any]) -> None:
    for field in schema:
        if field.field_type not in _TYPES:
            whole = f"ARRAY of {field.field_type}" if field.mode == "REPEATED" else field.field_type
            raise DataError(
                f"column {field.name!r} is {whole}, which a feature cannot hold; select its fields one by one, "
                "or CAST it"
            )


def _patient(retry: Any) -> Any:
    return retry.with_timeout(_PATIENCE_SECONDS)


def _line(error: Any) -> str:
    return " ".join(str(getattr(error, "message", "") or error).split())
