"""URIs of metadata stores, and what a database server says first."""

from pathlib import Path

import pytest

from argosy.errors import ParameterError, ServerError
from argosy.metadata.location import Memory, MySQL, Service, SQLite, read_location
from argosy.metadata.mysql_greeting import greeting, read_greeting


def test_each_form_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLMD_PASSWORD", "p@ss")
    assert read_location("") == Memory()
    assert read_location(Path("a/b.sqlite")) == SQLite(path=Path("a/b.sqlite"))
    assert read_location("mysql://ml%40x@db.ml:3307/meta") == MySQL(
        host="db.ml", port=3307, user="ml@x", password="p@ss", database="meta"
    )
    assert read_location("grpc://meta") == Service(host="meta", port=8080, tls=False)
    assert read_location("grpcs://[::1]:9/").address == "[::1]:9"  # type: ignore[union-attr]


def test_a_password_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLMD_PASSWORD", "hunter2")
    place = read_location("mysql://mlmd@db/metadata")
    assert "hunter2" not in f"{place} {place!r}"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("http://meta:8080", "unknown scheme 'http'; give a file's path"),
        ("grpc://", "no host"),
        ("grpc://meta:80:80", "Port could not be cast"),
        ("grpc://meta:99999", "Port out of range"),
        ("grpc://meta/path", "a service has no path"),
        ("mysql://db/metadata", "give mysql://USER@HOST"),
        ("mysql://mlmd@db", "give mysql://USER@HOST"),
        ("mysql://mlmd@db/metadata?ssl=1", "something behind the path"),
    ],
)
def test_what_is_none_of_them_is_refused_with_what_to_give(uri: str, said: str) -> None:
    with pytest.raises(ParameterError, match=r"metadata URI") as caught:
        read_location(uri)
    assert said in str(caught.value)


def test_a_password_in_the_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(ParameterError, match="MLMD_PASSWORD") as caught:
        read_location("mysql://mlmd:hunter2@db/metadata")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("packet", "said"),
    [
        (b"", "is no MySQL or MariaDB server"),
        (b"HTTP/1.1 400 Bad Request\r\n", "is no MySQL or MariaDB server"),
        (b"\x20\0\0\0\xff\x69\x04Host '10.0.0.1' is blocked", "turns us away: Host '10.0.0.1' is blocked"),
    ],
)
def test_what_is_no_greeting_is_told(packet: bytes, said: str) -> None:
    with pytest.raises(ServerError, match="db:3306") as caught:
        read_greeting(packet, "db:3306")
    assert said in str(caught.value)


def test_mysql_is_told_from_mariadb() -> None:
    assert read_greeting(b"\x4a\0\0\0\x0a8.4.3\0...", "db:3306") == "MySQL 8.4.3"


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(ServerError, match=r"no database server answers at 127\.0\.0\.1:1: .*refused"):
        greeting("127.0.0.1", 1)
