"""A pipeline that reads the newest day of a folder: a new day makes it run again, a day by its number stays cached."""

import json

import pytest

from argosy.metadata import ArtifactState, open_store

pytestmark = [pytest.mark.e2e, pytest.mark.beam]

DAILY = """
from kfp import dsl
from argosy.components import example_gen

@dsl.pipeline(name="daily")
def daily(data: str, range_config: dict = {}) -> None:
    day = "{YYYY}-{MM}-{DD}/v{VERSION}/*.csv"
    splits = [{"name": "train", "pattern": f"train/{day}"}, {"name": "eval", "pattern": f"eval/{day}"}]
    example_gen(input_base=data, input_config={"splits": splits}, range_config=range_config)
"""
DAY_4 = 17170


@pytest.fixture
def daily(tmp_path):
    (tmp_path / "daily").mkdir()
    (tmp_path / "daily" / "pipeline.py").write_text(DAILY)
    return tmp_path / "daily"


def put(data, day, version, rows=4):
    for split in ("train", "eval"):
        folder = data / split / f"2017-01-{day:02}" / f"v{version}"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("day,version\n" + f"{day},{version}\n" * rows)


def newest_examples(root):
    """Returns what the store says of the examples that were made last."""
    with open_store(root / "metadata.sqlite") as store:
        found = [one for one in store.artifacts() if one.type == "Examples" and one.state == ArtifactState.LIVE]
    return max(found, key=lambda one: one.id).properties


def test_a_new_day_is_read_and_an_old_one_is_cached(cli, daily, tmp_path):
    data, root = tmp_path / "data", tmp_path / "root"
    put(data, 3, 0)
    put(data, 4, 0)

    def run(*arguments):
        done = cli("run", daily, "--root", root, "--json", "--param", f"data={data}", *arguments)
        assert done.returncode == 0, done.stderr
        (task,) = json.loads(done.stdout)["tasks"]
        assert task["reason"] in done.stderr
        return task["cached"], task["reason"]

    assert run() == (False, "first run; reads span 17170 (2017-01-04), version 0")
    made = newest_examples(root)
    assert (made["span"], made["version"]) == (DAY_4, 0)
    assert json.loads(made["num_examples"]) == {"train": 4, "eval": 4}
    cached, reason = run()
    assert cached
    assert reason.endswith("; reads span 17170 (2017-01-04), version 0")

    put(data, 4, 1, rows=6)
    cached, reason = run()
    assert not cached
    assert "parameter version changed from 0 to 1" in reason
    assert "the data that it reads changed" in reason
    assert json.loads(newest_examples(root)["num_examples"]) == {"train": 6, "eval": 6}

    static = "--param", f'range_config={{"static_range": {{"start_span_number": {DAY_4}, "end_span_number": {DAY_4}}}}}'
    assert not run(*static)[0]
    put(data, 5, 7)
    cached, reason = run()
    assert not cached
    assert "parameter span changed from 17170 to 17171" in reason
    assert (newest_examples(root)["span"], newest_examples(root)["version"]) == (DAY_4 + 1, 7)
    cached, reason = run(*static)
    assert cached
    assert reason.endswith("reads span 17170 (2017-01-04), version 1")


def test_splits_that_are_not_of_one_day_stop_the_run(cli, daily, tmp_path):
    put(tmp_path / "data", 4, 0)
    (tmp_path / "data" / "train" / "2017-01-04").rename(tmp_path / "data" / "train" / "2017-01-05")
    done = cli("run", daily, "--root", tmp_path / "root", "--param", f"data={tmp_path / 'data'}")
    assert done.returncode == 2
    assert "split train comes to span 17171 and split eval to span 17170" in done.stderr.replace(", version 0", "")
