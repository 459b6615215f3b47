"""What a query source is asked, and what is known of its answer before."""

import dataclasses
import datetime
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from argosy import fs
from argosy.errors import ParameterError, located
from argosy.ingest.config import InputSplit, query_splits
from argosy.ingest.connection import ADBC, check_connection, filled, is_bigquery
from argosy.ingest.patterns import date_of
from argosy.ingest.spans import Wanted

_PLACEHOLDER = re.compile(r"@span_(begin_timestamp|end_timestamp|yyyymmdd_utc)\b")
_DAY = 86_400


@dataclasses.dataclass(frozen=True, kw_only=True)
class Queries:
    """The queries of all input splits, of one span.

    Attributes:
        connection: Where they are asked, secrets by their names.
        splits: The input splits, each query as its pattern, as they were given.
        span: The span.
    """

    connection: str
    splits: tuple[InputSplit, ...]
    span: int = 0

    @property
    def asked(self) -> str:
        """The queries as they were given: the one, or split -> query as JSON."""
        first, *others = self.splits
        return json.dumps({split.name: split.pattern for split in self.splits}) if others else first.pattern

    @property
    def texts(self) -> dict[str, str]:
        """Split -> its query, the span filled in."""
        return {split.name: fill_span(split.pattern, self.span) for split in self.splits}


def asks_queries(parameters: Mapping[str, Any]) -> bool:
    """Whether ExampleGen's parameters are those of a query source."""
    return bool(parameters.get("query") or parameters.get("connection"))


def read_queries(parameters: Mapping[str, Any], wanted: Wanted) -> Queries:
    """Returns what is to be asked.

    Args:
        parameters: Those of ExampleGen: `connection`, and `query` or `input_config` with a query as each pattern.
        wanted: Which span.

    Raises:
        ParameterError: One is wrong or too many, or the queries have a span and none is named.
    """
    for name in ("input_base", "input_format", "read_options", "module_file", "reader_fn", "custom_config"):
        if parameters.get(name):
            raise ParameterError(f"{name} is of files, and a connection or query is given as well; leave one out")
    connection = parameters.get("connection") or ""
    check_connection(connection)
    splits = query_splits(parameters.get("query") or "", parameters.get("input_config"))
    return Queries(connection=connection, splits=splits, span=_span(splits, wanted))


def fill_span(query: str, span: int) -> str:
    """Returns a query with its placeholders replaced, as in TFX: begin and end of the span's day in UTC, and its date.

    >>> fill_span("SELECT x FROM t WHERE @span_begin_timestamp <= s AND s < @span_end_timestamp", 2)
    'SELECT x FROM t WHERE 172800 <= s AND s < 259200'
    >>> fill_span("SELECT x FROM t WHERE day = @span_yyyymmdd_utc", 17167)
    "SELECT x FROM t WHERE day = '20170101'"
    """

    def value(found: re.Match[str]) -> str:
        if found[1] == "yyyymmdd_utc":
            day = datetime.date(1970, 1, 1) + datetime.timedelta(days=span)
            return f"'{day:%Y%m%d}'"
        return str(_DAY * (span + (found[1] == "end_timestamp")))

    return _PLACEHOLDER.sub(value, query)


def describe_query_span(parameters: Mapping[str, Any]) -> str:
    """Returns in words which span the queries read, by resolved parameters; the empty string where they read none."""
    splits = query_splits(parameters.get("query") or "", parameters.get("input_config"))
    span = int(parameters.get("span", -1))
    if span < 0 or not any(_PLACEHOLDER.search(split.pattern) for split in splits):
        return ""
    return f"span {span} ({date_of(span)})"


def fingerprint_queries(queries: Queries) -> str:
    """Returns a line per split that changes when the answer may have; the empty string where that cannot be known.

    BigQuery tells when the tables of a query were changed, a SQLite database is a file. Other databases cannot say.

    Raises:
        DataError: BigQuery refuses a query.
        StorageError: It cannot be asked.
    """
    state = _file_state(queries.connection)
    lines = []
    for split, query in queries.texts.items():
        if is_bigquery(queries.connection):
            from argosy.ingest.bigquery import state_of_tables

            with located(connection=queries.connection, split=split):
                state = state_of_tables(filled(queries.connection).url, query)
        if not state:
            return ""
        digest = hashlib.sha256(f"{query}\0{state}".encode()).hexdigest()
        lines.append(f"split:{split},query,sha256:{digest}")
    return "\n".join(lines)


def _file_state(connection: str) -> str:
    if not connection.removeprefix(ADBC).startswith("sqlite://"):
        return ""
    from argosy.ingest.sql import sqlite_file

    file = sqlite_file(filled(connection).url)
    return ",".join(fs.digest(name) for name in (file, f"{file}-wal"))


def _span(splits: Sequence[InputSplit], wanted: Wanted) -> int:
    has = {split.name: bool(_PLACEHOLDER.search(split.pattern)) for split in splits}
    if wanted.version is not None:
        raise ParameterError(f"version {wanted.version} is asked for, and queries have none; leave version out")
    if len(set(has.values())) > 1:
        without = next(name for name, there in has.items() if not there)
        raise ParameterError(
            f"input_config: the query of split {without} has no @span_ placeholder and others have; all splits are of "
            "one span: give each of them one"
        )
    if not any(has.values()):
        if wanted.said_by.startswith("range_config"):
            raise ParameterError(
                f"{wanted.said_by} chooses a span, and the query has none; write @span_begin_timestamp, "
                "@span_end_timestamp or @span_yyyymmdd_utc into it, or leave range_config out"
            )
        return wanted.first
    if wanted.last != wanted.first:
        raise ParameterError(
            "the query has an @span_ placeholder, and which span is the latest cannot be asked of it; name the span: "
            'range_config={"static_range": {"start_span_number": N, "end_span_number": N}}, or the parameter span'
        )
    return wanted.first
