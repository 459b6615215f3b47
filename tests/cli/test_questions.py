"""runs, logs, explain, lineage and show, asked of the finished quickstart."""

import re

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.beam, pytest.mark.tf]

SHOWN = {
    "example-gen.examples": ["split train, first rows:", '"species": "Adelie"', "null", "num_examples"],
    "statistics-gen.statistics": ["split eval: 109 rows, 8 features", "bill_depth_mm", "FLOAT", "missing"],
    "schema-gen.schema": ["species", "BYTES", "'Adelie', 'Chinstrap', 'Gentoo'"],
    "example-validator.anomalies": ["split train: No anomalies", "split eval: No anomalies"],
    "transform.transform_graph": ["vocabulary species (3): Adelie, Gentoo, Chinstrap", "sex_and_mass"],
    "transform.transformed_examples": ["split eval, first rows:", "sex_and_mass"],
    "trainer.model": ["signature columns", "signature serving_default", "probabilities: float32", "in_memory"],
    "trainer.model_run": ["in_memory.npy"],
    "trainer.metrics": ["eval_accuracy: "],
    "evaluator.evaluation": ["Overall", "sparse_categorical_accuracy", "island:Biscoe", "sex:female"],
    "evaluator.blessing": ["blessed", "because every threshold is met"],
    "evaluator.metrics": ["auc_macro_average: "],
    "evaluator.classification": ["confusionMatrix", "Adelie"],
    "evaluator.report": ["<!DOCTYPE html>"],
    "pusher.pushed_model": ["signature columns", "pushed_version: "],
}
PAGES = {
    "statistics-gen.statistics": "bill_depth_mm",
    "schema-gen.schema": "Chinstrap",
    "example-validator.anomalies": "No anomalies",
    "evaluator.evaluation": "sparse_<wbr>categorical_<wbr>accuracy",
    "evaluator.report": "sparse_<wbr>categorical_<wbr>accuracy",
}


def test_every_output_is_asked_for(penguins):
    outputs = {f"{task['name']}.{name}" for task in penguins.report["tasks"] for name in task["outputs"]}
    reports = {"statistics-gen.report", "schema-gen.report", "example-validator.report"}
    assert outputs - reports == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_an_artifact_as_text(cli, penguins, name, tmp_path):
    done = cli("show", name, "--root", penguins.root)
    assert done.returncode == 0, done.stderr
    for text in SHOWN[name]:
        assert text in done.stdout
    if name == "schema-gen.schema":  # by its URI and into a file, too
        by_uri = cli("show", penguins.output(*name.split(".")), "--root", penguins.root, "-o", tmp_path / "x.txt")
        assert by_uri.stdout == f"{tmp_path / 'x.txt'}\n"
        assert (tmp_path / "x.txt").read_text().strip() == done.stdout.strip()


@pytest.mark.parametrize("name", PAGES)
def test_an_artifact_as_a_page_that_needs_no_network(cli, penguins, name, tmp_path):
    file = tmp_path / "page.html"
    done = cli("show", name, "--root", penguins.root, "-o", file)
    assert done.returncode == 0, done.stderr
    page = file.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert page.rstrip().endswith("</html>")
    assert fetched(page) == []
    assert PAGES[name] in page


def test_two_statistics_on_one_page(cli, penguins, tmp_path):
    both = ("show", "statistics-gen.statistics", "--against", "statistics-gen.statistics", "--root", penguins.root)
    assert "-o FILE.html" in cli(*both).stderr
    assert cli(*both, "-o", tmp_path / "both.html").returncode == 0
    assert "train, other" in (tmp_path / "both.html").read_text()


def fetched(page: str) -> list[str]:
    """What a browser would load, now or at a click, from elsewhere."""
    found = re.findall(r"(?:src|href|action|data|poster)\s*=\s*[\"']?\s*((?:https?:)?//[^\"'\s>]+)", page)
    found += re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)", page)
    return found + re.findall(r"fetch\(|XMLHttpRequest|<link[^>]+stylesheet|<script[^>]+src", page)


def test_the_check_of_pages_finds_fetches():
    assert len(fetched('<img src="//x/y.png"><a href="https://x">a</a><style>a{b:url(http://x)}</style>')) == 3


def test_what_has_no_page(cli, penguins, tmp_path):
    done = cli("show", "trainer.model", "--root", penguins.root, "-o", tmp_path / "x.html")
    assert done.returncode == 2
    assert "there are pages for statistics, anomalies, diff, evaluation, schema" in done.stderr
    assert not (tmp_path / "x.html").exists()


def test_runs(cli, penguins):
    done = cli("runs", "--root", penguins.root)
    (line,) = done.stdout.splitlines()
    assert line.startswith(penguins.report["run_id"])
    assert "penguins" in line
    assert "SUCCEEDED" in line
    assert "8 tasks, 0 cached" in line


def test_logs(cli, penguins):
    for name in ("example-gen", "example_gen"):
        done = cli("logs", name, "--root", penguins.root)
        assert "reading 1 csv files below" in done.stdout
        assert cli("logs", name, "--follow", "--root", penguins.root).stdout == done.stdout
    by_run = cli("logs", "trainer", "--run", penguins.report["run_id"], "--root", penguins.root)
    assert "exported" in by_run.stdout


def test_logs_of_a_cached_task_are_those_of_the_run_that_computed_it(cli, penguins, tmp_path):
    root = penguins.copy_of_root(tmp_path)
    assert cli("run", penguins.spec, "--root", root).returncode == 0
    assert "exported" in cli("logs", "trainer", "--root", root).stdout


def test_explain(cli, penguins):
    done = cli("explain", "--root", penguins.root)
    assert set(done.stdout.splitlines()) == {f"{task['name']} ran: first run" for task in penguins.report["tasks"]}


@pytest.mark.parametrize("form", ["destination", "relative", "output"])
def test_lineage_goes_from_the_pushed_version_back_to_the_csv(cli, penguins, form):
    (version,) = (penguins.root / "models" / "penguins").iterdir()
    uri = {"destination": version, "relative": version.relative_to(penguins.root), "output": "pusher.pushed_model"}[
        form
    ]
    done = cli("lineage", uri, "--root", penguins.root)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "PushedModel" in lines[0]
    for task in ("pusher", "trainer", "evaluator", "transform", "schema-gen", "statistics-gen", "example-gen"):
        assert any(f"by {task} (execution" in line for line in lines), task
    (source,) = {line.split("source: ")[1] for line in lines if "source: " in line}
    assert source.startswith(str(penguins.folder / "data"))
    assert "num_files:1" in source


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["logs", "trianer"], ["trianer", "did you mean 'trainer'"]),
        (["logs", "trainer", "--run", "2026"], ["no run '2026'"]),
        (["explain", "--run", "2026"], ["no run '2026'"]),
        (["show", "trainer.modle"], ["no output 'modle'", "did you mean 'model'"]),
        (["show", "nowhere"], ["nothing at nowhere", "TASK.OUTPUT"]),
        (["show", "/nowhere"], ["nothing at /nowhere"]),
        (["lineage", "/nowhere"], ["no artifact is known at /nowhere"]),
        (["lineage", "trainer.modle"], ["did you mean 'model'"]),
    ],
)
def test_questions_about_what_is_not_there(cli, penguins, arguments, said):
    done = cli(*arguments, "--root", penguins.root)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"argosy {arguments[0]}: ")
    assert len(done.stderr.splitlines()) == 1
    for text in said:
        assert text in done.stderr
