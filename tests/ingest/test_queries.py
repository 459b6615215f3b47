"""Connections, placeholders, and what drivers know of a query before it is asked."""

import contextlib
import inspect
import sqlite3
from pathlib import Path

import pytest

from argosy.errors import DataError, ParameterError
from argosy.ingest.connection import check_connection, filled, said
from argosy.ingest.executor import example_gen
from argosy.ingest.queries import fill_span
from argosy.ingest.source import describe_span, resolve_source
from argosy.runner.cache_key import differences
from argosy.runner.sources import fill_sources, with_source

SPANNED = "SELECT x FROM t WHERE day = @span_yyyymmdd_utc"
URL = "postgresql://reader:${DB_PASSWORD}@host/trips"
STATIC = {"static_range": {"start_span_number": 17167, "end_span_number": 17167}}


def resolved(**parameters):
    return resolve_source({"connection": URL, "query": "SELECT 1 AS x", **parameters})


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://reader:s3cret@host/trips",
        "postgresql://reader:${A}s3cret@host/trips",
        "mysql+pymysql://reader:s3cret?/#@host/trips",
        "adbc+postgresql://reader:s3cret@host/trips",
        "postgresql://host/trips?user=a&password=s3cret",
        "snowflake://host/?private_key_passphrase=s3cret",
        "trino://host/?access_token=s3cret",
    ],
)
def test_a_password_that_is_written_out_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ParameterError, match="environment variable") as caught:
        check_connection(text)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "bigquery://",
        "bigquery://project/dataset?location=EU",
        "sqlite:////data/me@home:x.db",
        "postgresql://reader@host:5432/trips?sslmode=require",
        "${DB_URL}",
        "postgresql://host/trips?password=${DB_PASSWORD}",
        URL,
    ],
)
def test_a_connection_without_secrets_is_taken(text: str) -> None:
    check_connection(text)


@pytest.mark.parametrize(("text", "match"), [("", "connection is empty"), ("host/trips", "not a URL"), (3, "empty")])
def test_what_is_no_connection_is_refused(text: str, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        check_connection(text)


def test_values_of_variables_are_escaped_where_a_url_needs_it() -> None:
    values = {"WORD": "a/b@c:%", "DIR": "/data/my trips"}
    assert filled("db://me:${WORD}@h/x?password=${WORD}", values).url == (
        "db://me:a%2Fb%40c%3A%25@h/x?password=a%2Fb%40c%3A%25"
    )
    assert filled("sqlite:///${DIR}/x.db", values).url == "sqlite:////data/my trips/x.db"


def test_secrets_are_taken_out_of_messages() -> None:
    found = filled("${DB_URL}", {"DB_URL": "postgresql://me:a%40b@host/x"})
    assert found.url == "postgresql://me:a%40b@host/x"
    for text in ("a%40b", "a@b", found.url):
        assert text not in said(f"cannot log in with {text}", found.secrets)


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(value: str | None) -> None:
    with pytest.raises(ParameterError, match=r"variable DB_PASSWORD is not set.*Secret"):
        filled(URL, {} if value is None else {"DB_PASSWORD": value})


def test_placeholders_mean_what_they_do_in_tfx() -> None:
    query = "SELECT * FROM t WHERE s >= @span_begin_timestamp AND s < @span_end_timestamp AND @span_begin_timestamps"
    assert fill_span(query, 2) == "SELECT * FROM t WHERE s >= 172800 AND s < 259200 AND @span_begin_timestamps"
    assert fill_span("day = @span_yyyymmdd_utc", 1) == "day = '19700102'"


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"query": SPANNED}, "latest cannot be asked"),
        ({"query": SPANNED, "range_config": {"rolling_range": {"num_spans": 1}}}, "latest cannot be asked"),
        ({"range_config": STATIC}, "the query has none; write @span_begin_timestamp"),
        ({"version": 1}, "queries have none"),
        ({"query": ""}, "none are given"),
        ({"input_config": {"splits": [{"name": "a", "pattern": "SELECT 1"}]}}, "both are given"),
        ({"query": "  "}, "expected a query"),
        ({"input_base": "/data"}, "input_base is of files"),
        ({"read_options": {"quote": "'"}}, "read_options is of files"),
        ({"connection": ""}, "connection is empty"),
        (
            {
                "query": "",
                "input_config": {"splits": [{"name": "a", "pattern": SPANNED}, {"name": "b", "pattern": "SELECT 1"}]},
                "span": 3,
            },
            "split b has no @span_",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(parameters: dict, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        resolved(**parameters)


@pytest.mark.parametrize("named", [{"range_config": STATIC}, {"span": 17167}, {"span": 17167, "range_config": STATIC}])
def test_a_named_span_is_read(named: dict) -> None:
    found = resolved(query=SPANNED, **named)
    assert found == {"span": 17167, "version": -1, "fingerprint": ""}
    assert describe_span({"connection": URL, "query": SPANNED, **found}) == "span 17167 (2017-01-01)"
    assert describe_span({"connection": URL, "query": "SELECT 1", **found}) == ""


def test_a_database_that_cannot_tell_is_asked_in_each_run(tmp_path: Path) -> None:
    given = {"connection": URL, "query": SPANNED, "input_base": "", "span": 3, "version": -1, "fingerprint": ""}
    first, second = (fill_sources("example_gen", given, tmp_path) for _ in range(2))
    assert first["fingerprint"] != second["fingerprint"]
    blank = {"artifacts": {}, "code": {}, "component": {}, "argosy": ""}
    (reason,) = differences({"parameters": first, **blank}, {"parameters": second, **blank})
    assert reason.startswith("the data that it reads may have changed")
    assert with_source(reason, "example_gen", first).endswith("reads span 3 (1970-01-04)")
    own = {**given, "fingerprint": "loaded on Monday"}
    assert fill_sources("example_gen", own, tmp_path) == own


@pytest.mark.parametrize("through", ["", "adbc+"])
def test_a_sqlite_file_tells_whether_it_has_changed(tmp_path: Path, through: str) -> None:
    file = tmp_path / "x.db"
    given = {"connection": f"{through}sqlite:///{file}"}
    with pytest.raises(DataError, match="no SQLite database"):
        resolved(**given)
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE t (x)")
    first = resolved(**given)["fingerprint"]
    assert first == resolved(**given)["fingerprint"] != ""
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO t VALUES (1)")
    assert resolved(**given)["fingerprint"] != first
    assert not (tmp_path / "none.db").exists()


def test_the_documented_example_is_what_it_says() -> None:
    text = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")
    given = eval(text.partition("```python\n")[2].partition("```")[0], {"example_gen": dict})
    assert given.keys() <= inspect.signature(example_gen).parameters.keys()
    assert resolve_source(given)["span"] == 17167
    assert describe_span(given) == "span 17167 (2017-01-01)"
