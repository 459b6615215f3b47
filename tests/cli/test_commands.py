"""The command line itself, a root without runs, cleaning, and parameters that name local files."""

import json

import pytest

from argosy import __version__

pytestmark = [pytest.mark.e2e, pytest.mark.beam]

COMMANDS = ("run", "compile", "runs", "logs", "explain", "lineage", "show", "schema", "clean", "serve")
PIPELINE = """
from kfp import dsl
from argosy.components import example_gen

@dsl.pipeline(name="inner")
def inner(folder: str):
    example_gen(input_base=folder)

@dsl.pipeline(name="ingest")
def pipeline(data: str = "data", label: str = "data"):
    inner(folder=data)
"""


def test_help_and_version(cli):
    assert cli("--version").stdout == f"argosy {__version__}\n"
    shown = cli("--help").stdout
    for command in COMMANDS:
        assert f"\n    {command} " in shown
        done = cli(command, "--help")
        assert done.returncode == 0
        assert f"usage: argosy {command}" in done.stdout


def test_words_that_are_no_command(cli):
    for arguments in ([], ["frob"], ["run"], ["serve", "--model-name", "x"], ["compile", "x", "--target", "x"]):
        done = cli(*arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("usage: argosy")


@pytest.mark.parametrize("arguments", [["explain"], ["logs", "x"], ["lineage", "x"], ["show", "x.y"]])
def test_a_root_without_runs(cli, tmp_path, arguments):
    done = cli(*arguments, "--root", tmp_path / "none")
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "none").exists()


def test_lists_of_a_root_without_runs(cli, tmp_path):
    assert cli("runs", "--root", tmp_path / "none").stdout == f"no runs in {tmp_path / 'none'}\n"
    assert cli("clean", "--root", tmp_path / "none").stdout == "removed 0 runs and 0 artifacts\n"
    assert not (tmp_path / "none").exists()


@pytest.fixture(scope="module")
def rows():
    return "a,b\n" + "".join(f"{number},x\n" for number in range(30))


@pytest.fixture
def folder(tmp_path, rows):
    (tmp_path / "p" / "data").mkdir(parents=True)
    (tmp_path / "p" / "data" / "a.csv").write_text(rows)
    (tmp_path / "p" / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.csv").write_text(rows.replace("x", "y"))
    return tmp_path / "p"


def source(done):
    assert done.returncode == 0, done.stderr
    (uri,) = json.loads(done.stdout)["tasks"][0]["outputs"]["examples"]["uris"]
    return uri


def test_local_paths_and_clean(cli, folder, tmp_path):
    """A default is relative to the pipeline's file, what --param gives to the working directory; then both runs go."""
    default = cli("run", folder, "--root", "r", "--json", "--logs", cwd=tmp_path)
    said = f"reading 1 csv files below {folder / 'data'}"
    (printed,) = [line for line in default.stderr.splitlines() if said in line]
    assert printed.startswith("inner/example-gen | ")
    mine = cli("run", "p", "--param", "data=mine", "--root", "r", "--json", cwd=tmp_path)
    assert "reading" not in mine.stderr
    assert json.loads(default.stdout)["arguments"] == {"data": str(folder / "data"), "label": "data"}
    assert json.loads(mine.stdout)["arguments"] == {"data": str(tmp_path / "mine"), "label": "data"}
    first, second = source(default), source(mine)
    assert '"b": "x"' in cli("show", first).stdout
    assert '"b": "y"' in cli("show", second).stdout

    done = cli("clean", "--keep", "1", "--root", tmp_path / "r")
    removed, total = done.stdout.splitlines()
    assert removed == f"removed run {json.loads(default.stdout)['run_id']}"
    assert total == "removed 1 runs and 1 artifacts"
    assert cli("show", first).returncode == 2
    assert '"b": "y"' in cli("show", second).stdout
    assert len(cli("runs", "--root", tmp_path / "r").stdout.splitlines()) == 1
    # What was removed is made again when it is needed, and the reason is said.
    again = cli("run", folder, "--root", "r", "--json", cwd=tmp_path)
    assert source(again) != first
    assert cli("clean", "--keep", "-1", "--root", tmp_path / "r").returncode == 2
    assert len(cli("runs", "--root", tmp_path / "r").stdout.splitlines()) == 2


def test_compile_says_what_a_cluster_cannot_see(cli, folder, tmp_path):
    target = tmp_path / "deep" / "x.yaml"
    for source in (PIPELINE, PIPELINE.replace("=folder)", "='data')", 1)):
        (folder / "pipeline.py").write_text(source)
        done = cli("compile", folder, "--target", "kfp", "-o", target)
        assert done.returncode == 0
        assert done.stdout == f"{target}\n"
        assert done.stderr.startswith(
            f"note: task inner/example-gen has input_base={folder / 'data'}, a path of this machine"
        )


def test_no_cache_runs_everything(cli, folder, tmp_path):
    (folder / "pipeline.py").write_text(PIPELINE)
    for reason, arguments in (("first run", []), ("cached from run", []), ("(--no-cache)", ["--no-cache"])):
        done = cli("run", folder, "--root", tmp_path / "r", "--json", *arguments)
        (task,) = json.loads(done.stdout)["tasks"]
        assert reason in task["reason"]


def test_beam_arguments_reach_beam_and_not_the_cache(cli, folder, tmp_path):
    root = tmp_path / "r"
    wrong = cli("run", folder, "--root", root, "--beam-args=--direct_num_workers=many")
    assert wrong.returncode == 2
    assert "direct_num_workers" in wrong.stderr
    assert "many" in wrong.stderr
    assert cli("run", folder, "--root", root).returncode == 0
    again = cli("run", folder, "--root", root, "--beam-args=--direct_num_workers=1", "--json")
    assert json.loads(again.stdout)["tasks"][0]["cached"] is True
