"""The user's files on their way into a container."""

import hashlib
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from argosy.errors import ParameterError, UserCodeError
from argosy.user_code import (
    inline_file,
    is_inline,
    load_function,
    load_module,
    load_text,
    localised,
    parse_reference,
    stored,
    user_function,
)
from argosy.user_code.archive import pack


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


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Makes a package whose module `model` has the text, and a function `answer` of a module beside it."""

    def make(name: str, text: str = "from {name}.deep.net import answer\n", folder: str = "code") -> Path:
        made = tmp_path / folder / name
        (made / "deep").mkdir(parents=True)
        for file in (made / "__init__.py", made / "deep" / "__init__.py"):
            file.write_text("")
        (made / "model.py").write_text(text.format(name=name))
        (made / "deep" / "net.py").write_text("def answer():\n    return 42\n")
        return made

    return make


def as_folder(package: Path) -> str:
    return f"{package}/"


def as_root_folder(package: Path) -> str:
    return str(package.parent)


def as_zip(package: Path) -> str:
    (package.parent / "code.zip").write_bytes(pack(package))
    return str(package.parent / "code.zip")


def as_wheel(package: Path) -> str:
    (package.parent / "flights-1-py3-none-any.whl").write_bytes(pack(package))
    return f"file://{package.parent}/flights-1-py3-none-any.whl"


def as_tar(package: Path) -> str:
    with tarfile.open(package.parent / "code.tar.gz", "w:gz") as archive:
        archive.add(package, arcname=package.name)
    return str(package.parent / "code.tar.gz")


@pytest.mark.parametrize("form", [as_folder, as_root_folder, as_zip, as_wheel, as_tar])
def test_a_function_of_a_package(package, form: Callable[[Path], str], tmp_path: Path) -> None:
    name = f"load_{form.__name__}"
    value = form(package(name))
    function, file = load_function(value, f"{name}.model.answer", name="run_fn")
    assert (function(), file) == (42, "model.py")
    kept = stored(value, str(tmp_path / "root"))
    again, _ = load_function(kept, f"{name}.model.answer", name="run_fn")
    assert again() == 42


def test_code_is_taken_out_to_a_private_place_once(package) -> None:
    value = as_zip(package("load_once"))
    function, _ = load_function(value, "load_once.model.answer", name="run_fn")
    again, _ = load_function(value, "load_once.deep.net.answer", name="run_fn")
    assert again is function
    folder = Path(sys.modules["load_once"].__file__ or "").parents[1]
    assert folder.stat().st_mode & 0o077 == 0
    assert str(folder) in sys.path


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("", ParameterError, r"code\.zip, which holds packages; say which function is meant by run_fn, as package"),
        ("run_fn", ParameterError, "'run_fn' is no import path; write package.module.function"),
        ("other.model.f", ParameterError, r"code\.zip has no module 'other'; at its top are load_faulty"),
        ("load_faulty.models.f", ParameterError, r"code\.zip has no module 'load_faulty.models'"),
        ("load_faulty.deep.net.anser", UserCodeError, r"net\.py defines no function 'anser'; did you mean 'answer'"),
        ("load_faulty.model.f", UserCodeError, "module 'load_faulty.model' raised on import: ZeroDivisionError"),
    ],
)
def test_what_is_wrong_with_a_package_is_told(package, path: str, error: type[Exception], message: str) -> None:
    value = as_zip(package("load_faulty", "1 / 0\n"))
    with pytest.raises(error, match=message):
        load_function(value, path, name="run_fn")


def test_a_package_that_needs_what_is_not_there(package) -> None:
    value = as_zip(package("load_needy", "import not_installed_anywhere\n"))
    with pytest.raises(UserCodeError, match="needs 'not_installed_anywhere', which is neither in it nor installed"):
        load_function(value, "load_needy.model.f", name="run_fn")


def test_another_package_of_the_same_name_is_not_taken_for_it(package) -> None:
    load_function(as_zip(package("load_twin")), "load_twin.model.answer", name="run_fn")
    other = as_zip(package("load_twin", "def answer():\n    return 1\n", folder="other"))
    with pytest.raises(UserCodeError, match=r"was imported from .* before, which is another one"):
        load_function(other, "load_twin.model.answer", name="run_fn")


def test_code_that_is_not_what_was_meant(package, tmp_path: Path) -> None:
    kept = stored(as_zip(package("load_changed")), str(tmp_path / "root"))
    Path(kept.partition("#")[0]).write_bytes(b"something else")
    with pytest.raises(
        ParameterError, match=r"not the code that was meant: its SHA-256 is .*submit the pipeline again"
    ):
        load_function(kept, "load_changed.model.answer", name="run_fn")


def test_a_file_that_is_no_code_by_its_size_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "code.zip").open("wb") as file:
        file.truncate(5 * 10**9)
    with pytest.raises(ParameterError, match=r"code\.zip: 5000000000 bytes; code has at most 100000000, so move data"):
        load_function(str(tmp_path / "code.zip"), "a.b.c", name="run_fn")


def test_a_module_by_its_uri_and_digest(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def run_fn():\n    return 7\n")
    digest = hashlib.sha256((tmp_path / "m.py").read_bytes()).hexdigest()
    function, file = load_function(f"file://{tmp_path}/m.py#sha256={digest}", "", name="run_fn")
    assert (function(), file) == (7, "m.py")
    with pytest.raises(ParameterError, match="not the code that was meant"):
        load_function(f"{tmp_path}/m.py#sha256={'0' * 64}", "", name="run_fn")
    with pytest.raises(ParameterError, match=r"give module_file or run_fn, one of the two; both are given$"):
        load_function(f"{tmp_path}/m.py", "a.b", name="run_fn")
    with pytest.raises(ParameterError, match=r"both are given; a folder of packages is written \./code$"):
        load_function("code", "a.b", name="run_fn")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("/nowhere/code.zip", "no such file or folder here.*`argosy submit` uploads"),
        ("/nowhere/flights", "no such file or folder here"),
        ("s3://bucket/code.rar", "neither a file nor an archive by its ending; give one of .py"),
        ("ftp://host/code.zip", "scheme not supported"),
        ("./a.zip#sha256=12", "belong the 64 hexadecimal digits"),
    ],
)
def test_an_address_that_cannot_be_read(value: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        load_function(value, "a.b.c", name="run_fn")


def test_a_text_where_packages_are(package) -> None:
    value = as_zip(package("load_text"))
    with pytest.raises(ParameterError, match=r"code\.zip is an archive or a folder, where one file's text is needed"):
        load_text(value)
    assert load_text('{"model_specs": []}') == ("(inline)", '{"model_specs": []}')


@pytest.mark.parametrize("value", ["", "flights.model", "flights", "a: b\nc: d/e\n", '{"a": "b/c"}'])
def test_what_is_no_address(value: str) -> None:
    assert parse_reference(value) is None
    assert localised(value, Path("/nowhere")) == value


def test_what_an_author_writes_is_relative_to_the_pipeline(package, tmp_path: Path) -> None:
    made = package("load_relative")
    archive = as_zip(made)
    (tmp_path / "code" / "large.py").write_text("# " + "x" * 70_000)
    (tmp_path / "code" / "small.py").write_text("x = 1\n")
    assert localised("./load_relative", made.parent) == str(made)
    assert localised("code.zip", made.parent) == archive
    assert localised("large.py", made.parent) == str(tmp_path / "code" / "large.py")
    assert localised("small.py", made.parent) == inline_file(tmp_path / "code" / "small.py")
    assert localised("s3://bucket/code.zip", made.parent) == "s3://bucket/code.zip"
    with pytest.raises(ParameterError, match=r"code/other: no such file or folder; paths are relative to the pipeline"):
        localised("./other", made.parent)
    (tmp_path / "code" / "model.txt").write_text("")
    with pytest.raises(ParameterError, match=r"model\.txt: neither Python, YAML or pbtxt nor an archive"):
        localised("./model.txt", made.parent)


def test_code_is_kept_by_its_digest(package, tmp_path: Path) -> None:
    made, root = package("load_kept"), str(tmp_path / "root")
    first = stored(str(made), root)
    (file,) = [path for path in (tmp_path / "root").rglob("*") if path.is_file()]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert first == f"{root}/argosy-code/{digest}/load_kept.zip#sha256={digest}"
    assert file.read_bytes() == pack(made)
    before = file.stat()
    assert stored(str(made), root) == stored(first, root) == first
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    (made / "model.py").write_text("")
    assert stored(str(made), root) != first
    assert stored("flights.model", root) == "flights.model"
