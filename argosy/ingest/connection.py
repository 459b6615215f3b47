"""Where a query is asked: a URL, whose secrets are names of environment variables.

    bigquery://PROJECT/DATASET?location=EU          all parts may be left out
    postgresql://reader:${DB_PASSWORD}@host/db      any URL of SQLAlchemy
    adbc+postgresql://reader:${DB_PASSWORD}@host/db the same server by its ADBC driver
    sqlite:////data/trips.db

The text with the names is what is recorded and shown; what they stand for is known to the connection only.
"""

import os
import re
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

from argosy.errors import ParameterError

BIGQUERY, ADBC = "bigquery", "adbc+"
_SCHEME = re.compile(r"([a-z][a-z0-9_+.-]*)://(.*)", re.DOTALL | re.IGNORECASE)
_NAME = re.compile(r"\$\{(\w+)\}")
_LOGIN = re.compile(r"(?P<user>[^:/?]*)(:(?P<password>[^@]*))?@")
_SECRET = re.compile(r"passw|pwd|secret|token|private_?key|api_?key|passphrase|credential", re.IGNORECASE)
_REMEDY = "put it into an environment variable of the step and write ${NAME} in its place"


class Filled(NamedTuple):
    """A connection with its variables' values in it.

    Attributes:
        url: The whole; secret.
        secrets: The values that are in it, as they are and as they stand in a URL.
    """

    url: str
    secrets: tuple[str, ...]


def check_connection(text: str) -> None:
    """Returns if a text is a URL, or the name of a variable that holds one, without a password in it.

    Raises:
        ParameterError: It is not. The message does not quote it, because it may hold a password.

    >>> check_connection("mysql://reader:${DB_PASSWORD}@host/trips")
    """
    if not isinstance(text, str) or not text:
        raise ParameterError(
            "connection is empty and there is a query; write bigquery://PROJECT, or the database's URL"
        )
    if _NAME.fullmatch(text):
        return
    url = _SCHEME.fullmatch(text)
    if not url:
        raise ParameterError(
            "connection: not a URL; write bigquery://PROJECT, sqlite:////path or another SQLAlchemy URL"
        )
    login = _LOGIN.match(url[2])
    if login and not _is_named(login["password"] or ""):
        raise ParameterError(f"connection: a password is written in it, and parameters are recorded; {_REMEDY}")
    for key, value in urllib.parse.parse_qsl(url[2].partition("?")[2]):
        if _SECRET.search(key) and not _is_named(value):
            raise ParameterError(f"connection: {key} is written in it, and parameters are recorded; {_REMEDY}")


def filled(text: str, environment: Mapping[str, str] = os.environ) -> Filled:
    """Returns the connection with the values of its variables, escaped where a URL needs that.

    Raises:
        ParameterError: It is none, or a variable is not set.

    >>> filled("db://me:${WORD}@host", {"WORD": "a/b"}).url
    'db://me:a%2Fb@host'
    """
    check_connection(text)
    names = _NAME.findall(text)
    for name in names:
        if not environment.get(name):
            raise ParameterError(
                f"connection {text}: the environment variable {name} is not set; give it to the step (on Kubernetes "
                "from a Secret, with --executor docker by --docker-env)"
            )
    values = {environment[name] for name in names}
    if _NAME.fullmatch(text):
        whole = environment[names[0]]
        login = _LOGIN.match(whole.partition("://")[2])
        word = (login["password"] if login else "") or whole
        return Filled(whole, _by_length({whole, word, urllib.parse.unquote(word)}))
    secrets = _by_length({*values, *map(_quoted, values)})
    scheme, rest = _SCHEME.fullmatch(text).groups()  # type: ignore[union-attr]
    login = _LOGIN.match(rest)
    end = login.end() if login else 0
    path, mark, query = rest[end:].partition("?")
    escaped = [_NAME.sub(lambda name: _quoted(environment[name[1]]), part) for part in (rest[:end], query)]
    plain = _NAME.sub(lambda name: environment[name[1]], path)
    return Filled(f"{scheme}://{escaped[0]}{plain}{mark}{escaped[1]}", secrets)


def is_bigquery(text: str) -> bool:
    """Whether the connection is to BigQuery."""
    return text.partition("://")[0].lower() == BIGQUERY


def said(error: object, secrets: tuple[str, ...]) -> str:
    """Returns what an error says, in a line, without secrets.

    >>> said("no  access for 'me:s3cret'", ("s3cret",))
    "no access for 'me:***'"
    """
    text = " ".join(str(error).split())
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _is_named(value: str) -> bool:
    return not value or _NAME.fullmatch(value) is not None


def _by_length(secrets: set[str]) -> tuple[str, ...]:
    """Returns the longest first: one may be a part of another."""
    return tuple(sorted(secrets, key=len, reverse=True))


def _quoted(value: str) -> str:
    return urllib.parse.quote(value, safe="")
