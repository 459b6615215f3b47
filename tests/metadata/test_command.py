"""`argosy metadata`, as a person calls it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.main import main
from argosy.metadata import Execution, open_store


def test_check_says_that_a_service_answers(
    start_server: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    process = start_server()
    assert main(["metadata", "check", f"grpc://127.0.0.1:{process.port}"]) == 0
    assert f"metadata service grpc://127.0.0.1:{process.port} answers in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("uri", "code", "said"),
    [
        ("grpc://127.0.0.1:1", 4, "metadata service grpc://127.0.0.1:1 does not answer: "),
        ("nothing.sqlite", 2, "no metadata store at nothing.sqlite; a path is a SQLite file"),
        ("ftp://x", 2, "unknown scheme 'ftp'"),
    ],
)
def test_check_says_in_one_line_why_none_does(
    uri: str, code: int, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["metadata", "check", uri]) == code
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--database", "grpc://x"], 2, "give a SQLite file or mysql://"),
        (["--database", "m.sqlite", "--port", "70000"], 2, "--port 70000"),
        (["--database", "m.sqlite", "--tls-cert", "c.pem", "--port", "0"], 2, "both --tls-cert and --tls-key"),
        (["--database", "m.sqlite", "--tls-cert", "c", "--tls-key", "k", "--port", "0"], 2, "cannot read k"),
        (["--database", "m.sqlite", "--tls-key", "k", "--port", "0"], 2, "both --tls-cert and --tls-key"),
        (["--database", "/proc/no/m.sqlite", "--port", "0"], 4, "cannot make /proc/no"),
    ],
)
def test_serve_refuses_what_cannot_work(
    arguments: list[str],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["metadata", "serve", *arguments]) == code
    assert said in capsys.readouterr().err


def test_a_port_in_use_is_named(
    start_server: Callable[..., Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    process = start_server()
    other = str(tmp_path / "other.sqlite")
    assert main(["metadata", "serve", "--database", other, "--port", str(process.port)]) == 4
    assert f"cannot listen on port {process.port} of 127.0.0.1: [Errno 98]" in capsys.readouterr().err


def test_tables_of_an_older_version_are_refused_until_an_upgrade_is_asked_for(
    start_server: Callable[..., Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "m.sqlite"
    with open_store(path) as store:
        execution, _ = store.put_execution(Execution(type="trainer"))
    connection = sqlite3.connect(path)
    for kind in ("Artifact", "Execution", "Context"):
        for added_by_version_10 in ("proto_value", "bool_value"):
            connection.execute(f"ALTER TABLE {kind}Property DROP COLUMN {added_by_version_10}")
    connection.execute("UPDATE MLMDEnv SET schema_version = 9")
    connection.commit()
    connection.close()
    assert main(["metadata", "serve", "--database", str(path), "--port", "0"]) == 2
    assert "its schema version is 9, this one knows 10; upgrade its tables with" in capsys.readouterr().err
    process = start_server(str(path), "--upgrade")
    with open_store(f"grpc://127.0.0.1:{process.port}") as store:
        assert store.executions() == [execution]
