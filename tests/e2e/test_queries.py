"""A pipeline that asks a database: cached as long as its file stays, asked anew when it changes."""

import json
import sqlite3

import pytest

from argosy.metadata import open_store

pytestmark = [pytest.mark.e2e, pytest.mark.beam]

PIPELINE = """
from kfp import dsl
from argosy.components import example_gen

@dsl.pipeline(name="asked")
def asked(connection: str) -> None:
    query = "SELECT * FROM trips WHERE at >= @span_begin_timestamp AND at < @span_end_timestamp"
    example_gen(connection=connection, query=query, span=17167)
"""
NOON = 17167 * 86_400 + 43_200


def test_a_database_is_asked_when_it_has_changed(cli, tmp_path):
    (tmp_path / "asked").mkdir()
    (tmp_path / "asked" / "pipeline.py").write_text(PIPELINE)
    database = sqlite3.connect(tmp_path / "trips.db")

    def run(*rows):
        database.executemany("INSERT INTO trips VALUES (?, ?)", rows)
        database.commit()
        given = ("--param", f"connection=sqlite:///{tmp_path / 'trips.db'}")
        done = cli("run", tmp_path / "asked", "--root", tmp_path / "root", "--json", *given)
        assert done.returncode == 0, done.stderr
        (task,) = json.loads(done.stdout)["tasks"]
        with open_store(tmp_path / "root" / "metadata.sqlite") as store:
            newest = max((one for one in store.artifacts() if one.type == "Examples"), key=lambda one: one.id)
        return task["cached"], task["reason"], sum(json.loads(str(newest.properties["num_examples"])).values())

    database.execute("CREATE TABLE trips (at INTEGER, fare REAL)")
    cached, reason, count = run(*((NOON + hour * 3600, hour / 2) for hour in range(-24, 24)))
    assert (cached, reason, count) == (False, "first run; reads span 17167 (2017-01-01)", 24)
    assert run()[0]
    cached, reason, count = run((NOON, 1.0))
    assert (cached, count) == (False, 25)
    assert "the data that it reads changed" in reason
    database.close()
