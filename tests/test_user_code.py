"""The user's files on their way into a container."""

from pathlib import Path

import pytest

from argosy.errors import ParameterError, UserCodeError
from argosy.user_code import inline_file, is_inline, load_module, load_text, user_function


def test_a_file_travels_and_arrives(tmp_path: Path) -> None:
    (tmp_path / "my code.py").write_text("def f():\n    return 'ü{{}}'\n", encoding="utf-8")
    value = inline_file(tmp_path / "my code.py")
    assert is_inline(value)
    assert load_text(value) == ("my_code.py", (tmp_path / "my code.py").read_text(encoding="utf-8"))
    assert load_module(value).f() == "ü{{}}"
    assert load_module(value) is load_module(value)


def test_a_text_that_was_changed_on_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(ParameterError, match=r"a\.py: the text in the spec does not match its digest"):
        load_text(inline_file(tmp_path / "a.py") + "y = 2\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), (b"\xff", "not UTF-8"), (b"x" * 64_001, "64001 bytes; a file of at most 64000")],
)
def test_a_file_that_cannot_travel(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "a.py").write_bytes(content)
    with pytest.raises(ParameterError, match=message):
        inline_file(tmp_path / "a.py")


def test_modules_by_path_and_by_name(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def g(): ...\n")
    assert load_module(str(tmp_path / "m.py")).g() is None
    assert load_module("json").dumps({}) == "{}"
    with pytest.raises(ParameterError, match="cannot be imported"):
        load_module("no_such_module_here")


def test_code_that_raises(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("raise ValueError('ouch')\n")
    with pytest.raises(UserCodeError, match=r"m\.py raised on import: ValueError: ouch"):
        load_module(str(tmp_path / "m.py"))


def test_a_function_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def preprocess_fn(): ...\n")
    with pytest.raises(UserCodeError, match="did you mean 'preprocess_fn'"):
        user_function(load_module(str(tmp_path / "m.py")), "preprocessing_fn")
