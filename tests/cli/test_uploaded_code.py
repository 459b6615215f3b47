"""Code too large to travel in a spec: uploaded by a submission, refused by a compilation, loaded from where it is."""

import hashlib
import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from argosy.cli.main import main
from argosy.errors import StorageError
from argosy.user_code import load_function

pytest.importorskip("kfp", reason="the kfp SDK is not installed")

RUNS = "/apis/v2beta1/runs"
SOURCE = """
from kfp import dsl
from argosy.components import example_gen, schema_gen, statistics_gen, transform

@dsl.pipeline(name="inner")
def inner(examples: dsl.Input[dsl.Artifact], schema: dsl.Input[dsl.Artifact], where: str):
    transform(examples=examples, schema=schema, module_file=where, preprocessing_fn="features.columns.double")

@dsl.pipeline(name="coded"{root})
def pipeline(base: str = "s3://bucket/data", code: str = "./features"):
    examples = example_gen(input_base=base).outputs["examples"]
    schema = schema_gen(statistics=statistics_gen(examples=examples).outputs["statistics"]).outputs["schema"]
    transform(examples=examples, schema=schema, module_file={code}, preprocessing_fn={function})
"""
FEATURES = """
import argosy.transform as tft

def double(inputs):
    return {"x": 2.0 * tft.fill_missing(inputs["x"], 0.0)}
"""


@pytest.fixture
def folder(tmp_path: Path, object_store, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline's folder with a package `features` and a large file `large.py` beside it, and data in the store."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "features"]:
        monkeypatch.delitem(sys.modules, name)
    object_store.files["data/a.csv"] = b"x,y\n1.5,2\n"
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "__init__.py").write_text("")
    (tmp_path / "features" / "columns.py").write_text(FEATURES)
    (tmp_path / "large.py").write_text(f"{FEATURES}preprocessing_fn = double\n# {'x' * 70_000}\n")
    return tmp_path


def write(folder: Path, code: str, function: str = '"features.columns.double"', root: str = "", body: str = "") -> None:
    source = SOURCE.replace("{code}", code).replace("{function}", function).replace("{root}", root)
    (folder / "pipeline.py").write_text(source + body)


@pytest.fixture
def submit(folder: Path, kfp_server, capsys):
    """Returns a call that submits the pipeline, and gives (exit code, stderr)."""

    def call(*arguments: str, root: str = "s3://bucket/root") -> tuple[int, str]:
        given = ["--pipeline-root", root] if root else []
        code = main(["submit", str(folder), "--endpoint", kfp_server.url, *given, *arguments])
        return code, capsys.readouterr().err

    return call


def sent(kfp_server) -> str:
    """The module_file of the run that was created last."""
    spec = kfp_server.bodies(RUNS)[-1]["pipeline_spec"]
    given = spec["root"]["dag"]["tasks"]["transform"]["inputs"]["parameters"]["module_file"]
    return str(given["runtimeValue"]["constant"])


def test_a_folder_is_uploaded_once_and_can_be_loaded_from_there(folder, submit, kfp_server, object_store) -> None:
    write(folder, '"./features"')
    code, err = submit()
    assert code == 0, err
    address, _, digest = sent(kfp_server).partition("#sha256=")
    assert address == f"s3://bucket/root/argosy-code/{digest}/features.zip"
    assert hashlib.sha256(object_store.files[address.removeprefix("s3://bucket/")]).hexdigest() == digest
    assert f"task transform: features is at {address}" in err
    function, file = load_function(sent(kfp_server), "features.columns.double", name="preprocessing_fn")
    assert (function.__name__, file) == ("double", "columns.py")
    assert submit()[0] == 0
    assert len(object_store.written) == 1
    (folder / "features" / "columns.py").write_text(FEATURES + "# edited\n")
    before = sent(kfp_server)
    assert submit()[0] == 0
    assert sent(kfp_server) != before
    assert len(object_store.written) == 2


def test_a_process_fetches_code_once(folder, submit, kfp_server, object_store) -> None:
    write(folder, '"large.py"', '""')
    assert submit()[0] == 0
    first, _ = load_function(sent(kfp_server), "", name="preprocessing_fn")
    object_store.files.clear()
    again, _ = load_function(sent(kfp_server), "", name="preprocessing_fn")
    assert again is first


def test_a_large_file_is_uploaded_as_it_is(folder, submit, kfp_server, object_store) -> None:
    write(folder, '"large.py"', '""')
    assert submit()[0] == 0
    (key,) = object_store.written
    assert object_store.files[key] == (folder / "large.py").read_bytes()
    assert sent(kfp_server).startswith(f"s3://bucket/{key}#sha256=")
    assert key.endswith("/large.py")


@pytest.mark.parametrize("argument", ["", "features.zip"])
def test_a_parameter_of_the_pipeline_names_it(folder, submit, kfp_server, object_store, monkeypatch, argument) -> None:
    write(folder, "code")
    monkeypatch.chdir(folder)
    if argument:
        from argosy.user_code.archive import pack

        Path(argument).write_bytes(pack(folder / "features"))
    code, err = submit(*(["--param", f"code={argument}"] if argument else []))
    assert code == 0, err
    (key,) = object_store.written
    run = kfp_server.bodies(RUNS)[-1]
    if argument:
        value = run["runtime_config"]["parameters"]["code"]
    else:
        value = run["pipeline_spec"]["root"]["inputDefinitions"]["parameters"]["code"]["defaultValue"]
    assert value.startswith(f"s3://bucket/{key}#sha256=")


def test_a_constant_of_a_nested_pipeline_is_uploaded(folder, submit, kfp_server, object_store) -> None:
    write(folder, '"./features"', body='    inner(examples=examples, schema=schema, where="./features")\n')
    assert submit()[0] == 0
    assert len(object_store.written) == 1
    spec = kfp_server.bodies(RUNS)[-1]["pipeline_spec"]
    nested = spec["root"]["dag"]["tasks"]["inner"]["inputs"]["parameters"]["where"]["runtimeValue"]["constant"]
    assert nested == sent(kfp_server)


def test_the_pipelines_own_root_is_taken(folder, submit, object_store) -> None:
    write(folder, '"./features"', root=', pipeline_root="s3://bucket/own"')
    assert submit(root="")[0] == 0
    assert object_store.written[0].startswith("own/argosy-code/")


@pytest.mark.parametrize(
    ("root", "found"),
    [
        ("", "there is none: give one by --pipeline-root s3://BUCKET/FOLDER"),
        (
            "minio://mlpipeline/v2",
            "minio://mlpipeline/v2 is what KFP's own pods call their store: give --pipeline-root s3",
        ),
        ("/data/root", "/data/root is a path, which pods cannot see"),
        ("ftp://host/root", "ftp://host/root: scheme not supported"),
    ],
)
def test_a_root_that_cannot_take_it_is_refused(folder, submit, kfp_server, object_store, root, found) -> None:
    write(folder, '"./features"')
    code, err = submit(root=root)
    assert code == 2
    assert "task transform: " in err
    assert found in err
    assert len(err.splitlines()) == 1
    assert kfp_server.requests == object_store.written == []


def test_a_root_matters_only_where_something_is_uploaded(folder, submit) -> None:
    write(folder, '"s3://bucket/code.zip#sha256=' + "0" * 64 + '"')
    assert submit(root="minio://mlpipeline/v2")[0] == 0


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda folder: (folder / "features" / "columns.py").unlink(), ""),
        (lambda folder: (folder / "features" / "link").symlink_to("/etc"), "a link to a folder"),
        (lambda folder: (folder / "features").rename(folder / "json"), "no such file or folder"),
    ],
)
def test_code_that_cannot_travel_is_refused_before_anything_is_sent(
    folder, submit, kfp_server, object_store, make, found
) -> None:
    write(folder, '"./features"')
    make(folder)
    code, err = submit()
    assert code == (2 if found else 0)
    assert found in err
    assert bool(kfp_server.requests) == bool(object_store.written) == (not found)


def test_a_store_that_takes_nothing_is_named_and_no_run_created(folder, submit, kfp_server, object_store) -> None:
    object_store.is_read_only = True
    write(folder, '"./features"')
    code, err = submit()
    assert code == 4
    assert re.search(r"task transform: cannot write s3://bucket/root/argosy-code/\w+/features\.zip: ", err)
    assert kfp_server.bodies(RUNS) == []


def test_code_at_an_address_gets_its_digest(folder, submit, kfp_server, object_store) -> None:
    object_store.files["code.py"] = FEATURES.encode()
    write(folder, '"s3://bucket/code.py"', '""')
    assert submit()[0] == 0
    assert sent(kfp_server) == f"s3://bucket/code.py#sha256={hashlib.sha256(FEATURES.encode()).hexdigest()}"
    assert object_store.written == []


def test_code_that_cannot_be_seen_from_here_is_left_to_the_pods_and_said(folder, submit, kfp_server) -> None:
    write(folder, '"s3://bucket/away.py"', '""')
    code, err = submit()
    assert code == 0
    assert sent(kfp_server) == "s3://bucket/away.py"
    assert "task transform: its code cannot be seen from here" in err
    assert "KFP's cache does not notice when it changes; put #sha256=... behind the address" in err
    with pytest.raises(StorageError, match=r"cannot read s3://bucket/away\.py: .*needs the right to read it"):
        load_function("s3://bucket/away.py", "", name="preprocessing_fn")


@pytest.mark.parametrize(
    ("code", "place"),
    [('"./features"', "task transform"), ('"large.py"', "task transform"), ("code", "parameter code")],
)
def test_a_compilation_refuses_what_only_a_submission_can_upload(folder, capsys, code, place) -> None:
    write(folder, code, '""')
    assert main(["compile", str(folder), "-o", str(folder / "out.yaml")]) == 2
    err = capsys.readouterr().err
    assert f"{place}: module_file is {folder}/" in err
    assert "`argosy submit` uploads it" in err
    assert not (folder / "out.yaml").exists()


def test_a_pipeline_that_its_code_makes_too_large_is_refused_and_the_remedy_works(
    folder, submit, kfp_server, capsys
) -> None:
    """KFP's driver gets the whole root as one argument of a program."""
    tasks = "".join(
        f"    transform(examples=examples, schema=schema, module_file={f'm{number}.py'!r})\n" for number in range(3)
    )
    for number in range(3):
        (folder / f"m{number}.py").write_text(f"{FEATURES}preprocessing_fn = double\n# {str(number) * 60_000}\n")
    write(folder, '"./features"', body=tasks)
    code, err = submit()
    assert code == 2
    said = (
        r"the pipeline's root, with every task's constants, takes 18\d{4} bytes, and KFP's backend takes 131071 at most"
    )
    assert re.search(rf"{said}.*; the largest task is 'transform-\d' with 60\d{{3}}\. Move code into a folder", err)
    assert kfp_server.requests == []

    for number in range(3):
        (folder / f"f{number}").mkdir()
        (folder / f"m{number}.py").rename(folder / f"f{number}" / f"m{number}.py")
        before = f"module_file='m{number}.py'"
        tasks = tasks.replace(before, f"module_file='./f{number}', preprocessing_fn='m{number}.double'")
    write(folder, '"./features"', body=tasks)
    code, err = submit()
    assert code == 0, err
    assert len(kfp_server.bodies(RUNS)) == 1


@pytest.mark.parametrize("code", ['"s3://bucket/code.zip"', '"features.columns"'])
def test_a_compilation_takes_what_pods_can_see_and_touches_no_storage(folder, object_store, code) -> None:
    object_store.is_closed = True
    write(folder, code)
    assert main(["compile", str(folder), "-o", str(folder / "out.yaml")]) == 0
    (document,) = yaml.safe_load_all((folder / "out.yaml").read_text())
    given = document["root"]["dag"]["tasks"]["transform"]["inputs"]["parameters"]["module_file"]
    assert json.dumps(given["runtimeValue"]["constant"]) == code
