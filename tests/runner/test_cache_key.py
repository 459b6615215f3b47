"""What the key is made of, and how a difference reads."""

import shutil
from pathlib import Path

import pytest

from argosy.plan.spec import Component, ContainerExecutor
from argosy.run import EXECUTORS
from argosy.runner.cache_key import cache_key, differences, ingredients, step_name
from argosy.runner.code_digest import PACKAGE, STEP_AREAS, code_digests
from argosy.user_code import inline_file

BODY = ContainerExecutor(
    label="exec-trainer",
    image="argosy/trainer:1",
    command=("python", "-m", "argosy.run"),
    args=("--component", "trainer", "--interface", "1", "--executor_input", "{{$}}"),
)


def made_of(body: ContainerExecutor = BODY, **parameters: object) -> dict:
    return ingredients(Component(name="comp-trainer", body=body), body, parameters, {})


def test_equal_ingredients_make_equal_keys() -> None:
    assert cache_key("p", "t", made_of(a=1, b=[2])) == cache_key("p", "t", made_of(b=[2], a=1))


@pytest.mark.parametrize(
    "other",
    [
        made_of(steps=2),
        made_of(steps=1.0, more=None),
        made_of(ContainerExecutor(**{**vars(BODY), "image": "argosy/trainer:2"}), steps=1),
        made_of(ContainerExecutor(**{**vars(BODY), "env": {"A": "1"}}), steps=1),
        made_of(ContainerExecutor(**{**vars(BODY), "args": (*BODY.args, "x")}), steps=1),
    ],
)
def test_whatever_changes_the_outcome_changes_the_key(other: dict) -> None:
    assert cache_key("p", "t", other) != cache_key("p", "t", made_of(steps=1))


def test_pipeline_and_task_are_in_the_key_and_where_beam_runs_is_not() -> None:
    assert cache_key("p", "t", made_of()) != cache_key("q", "t", made_of())
    assert cache_key("p", "t", made_of()) != cache_key("p", "u", made_of())
    assert made_of(beam_pipeline_args=["--runner=Flink"]) == made_of()


def test_an_own_key_stands_for_everything_but_the_component() -> None:
    assert cache_key("p", "t", made_of(steps=1), "mine") == cache_key("q", "u", made_of(steps=2), "mine")


def test_step_name() -> None:
    assert step_name(BODY) == "trainer"
    assert step_name(ContainerExecutor(label="x", image="i", command=("sh",), args=("--component", "trainer"))) == ""


def test_differences_in_words(tmp_path: Path) -> None:
    code = tmp_path / "model.py"
    code.write_text("a = 1\n")
    before = inline_file(code)
    code.write_text("a = 2\n")
    old = made_of(train_args={"num_steps": 100, "rate": 1}, module_file=before, gone=1)
    new = made_of(train_args={"num_steps": 200, "rate": 1}, module_file=inline_file(code), added=2)
    new["artifacts"] = {"examples": ["x"]}
    new["code"] = {**new["code"], "argosy/training": "other"}
    new["argosy"] = "9"
    assert differences(old, new) == [
        "parameter added is new",
        "parameter gone is no longer given",
        "parameter module_file changed (file model.py was edited)",
        "parameter train_args changed: num_steps from 100 to 200",
        "input examples changed",
        f"Argosy changed from {old['argosy']} to 9",
        "code of argosy/training changed",
    ]
    assert differences(old, old) == []


def test_long_values_are_cut() -> None:
    [words] = differences(made_of(text="a" * 500), made_of(text="b" * 500))
    assert len(words) < 200


def test_long_texts_are_kept_by_their_digest(tmp_path: Path) -> None:
    code = tmp_path / "model.py"
    code.write_text("a = 1\n" * 9000)
    before = made_of(module_file=inline_file(code))
    assert len(before["parameters"]["module_file"]) < 1200
    code.write_text("a = 1\n" * 8999 + "a = 2\n")
    after = made_of(module_file=inline_file(code))
    assert differences(before, after) == ["parameter module_file changed (file model.py was edited)"]
    assert made_of(text="a" * 5000) != made_of(text="a" * 4999 + "b")


def test_every_step_has_its_area() -> None:
    assert {step: f"argosy.{area}" for step, area in STEP_AREAS.items()} == {
        step: ".".join(module.split(".")[:2]) for step, module in EXECUTORS.items()
    }


def test_an_edit_touches_the_steps_that_use_the_code(tmp_path: Path) -> None:
    for name, text in {
        "errors.py": "",
        "ingest/read.py": "from argosy.examples.codec import encode\n",
        "examples/codec.py": "import argosy.schema.spec\n",
        "schema/spec.py": "",
        "transform/trace.py": "    from argosy import fs, schema\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    before = {step: code_digests(step, tmp_path) for step in ("example_gen", "transform")}
    assert sorted(before["example_gen"]) == ["argosy", "argosy/examples", "argosy/ingest", "argosy/schema"]
    assert sorted(before["transform"]) == ["argosy", "argosy/schema", "argosy/transform"]
    assert sorted(code_digests("unknown", tmp_path)) == sorted({*before["example_gen"], *before["transform"]})
    (tmp_path / "transform" / "trace.py").write_text("")
    assert code_digests("example_gen", tmp_path) == before["example_gen"]
    assert code_digests("transform", tmp_path) != before["transform"]
    module = "import argosy.transform as tft\n"
    assert "argosy/transform" in code_digests("example_gen", tmp_path, user_code=[module])
    (tmp_path / "schema" / "new.py").write_text("")
    assert code_digests("example_gen", tmp_path) != before["example_gen"]


@pytest.mark.parametrize(
    ("file", "touches"),
    [
        ("errors.py", True),
        ("fs/s3.py", True),
        ("run.py", True),
        ("page.css", True),
        ("ingest/csv_types.py", True),
        ("cli/main.py", False),
        ("runner/dag.py", False),
        ("plan/read.py", False),
        ("components.py", False),
        ("ingest/__pycache__/csv_types.cpython-311.pyc", False),
        ("fs/__pycache__/s3.cpython-311.pyc", False),
    ],
)
def test_what_of_this_checkout_a_step_depends_on(tmp_path: Path, file: str, touches: bool) -> None:
    package = tmp_path / "argosy"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    before = code_digests("example_gen", package)
    (package / file).parent.mkdir(exist_ok=True)
    with (package / file).open("a") as changed:
        changed.write("\n")
    assert (code_digests("example_gen", package) != before) == touches
