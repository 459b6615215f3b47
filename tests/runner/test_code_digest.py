"""What the code of a user's module makes a task depend on."""

import dataclasses
from pathlib import Path

import pytest

from argosy.plan.spec import Component, ContainerExecutor
from argosy.runner.cache_key import ingredients
from argosy.runner.code_digest import code_digests, module_digests
from argosy.user_code import inline_file

MODULE = "import argosy.transform as tft\nfrom argosy import page, schema\n"
TRAINER = ContainerExecutor(
    label="exec-trainer",
    image="argosy/trainer:1",
    command=("python", "-m", "argosy.run"),
    args=("--component", "trainer"),
)


def test_imports_of_a_users_module_count():
    assert "argosy/transform" not in code_digests("trainer")
    assert {"argosy/transform", "argosy/schema"} <= set(code_digests("trainer", user_code=[MODULE]))
    assert "argosy/transform" not in code_digests("trainer", user_code=["print('import argosy.transform')\n"])


def test_a_module_that_travels_in_a_parameter_is_the_users(tmp_path: Path):
    (tmp_path / "model.py").write_text(MODULE)
    component = Component(name="comp-trainer", body=TRAINER)
    found = ingredients(component, TRAINER, {"module_file": inline_file(tmp_path / "model.py")}, {})
    assert "argosy/transform" in found["code"]
    assert "argosy/transform" not in ingredients(component, TRAINER, {"module_file": ""}, {})["code"]
    foreign = dataclasses.replace(TRAINER, command=("sh",))
    assert ingredients(component, foreign, {"module_file": MODULE}, {})["code"] == {}


def test_an_importable_module_counts_by_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "my_models" / "deep").mkdir(parents=True)
    (tmp_path / "my_models" / "__init__.py").write_text("raise ImportError('nothing is imported')\n")
    (tmp_path / "my_models" / "deep" / "net.py").write_text("SIZE = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = module_digests({"run_fn": "my_models.deep.net.run_fn"})
    assert set(before) == {"my_models"}
    assert module_digests({"module_file": "my_models.other"}) == before
    (tmp_path / "my_models" / "deep" / "net.py").write_text("SIZE = 2\n")
    assert module_digests({"run_fn": "my_models.deep.net.run_fn"}) != before
    assert module_digests({"reader_fn": "my_models.read.reader_fn"}) == module_digests({"run_fn": "my_models.run_fn"})
    assert module_digests({"module_file": "no_such_package.model", "run_fn": ""}) == {}
    assert module_digests({"module_file": inline_file(tmp_path / "my_models" / "deep" / "net.py")}) == {}
