"""What is asked of the outside before the cache decides."""

from pathlib import Path

import pytest

from argosy import fs
from argosy.errors import DataError, ParameterError
from argosy.runner.sources import fill_code, fill_sources, with_source


def test_other_steps_are_left_alone(tmp_path: Path) -> None:
    assert fill_sources("trainer", {"fingerprint": ""}, tmp_path) == {"fingerprint": ""}


def test_example_gen_notices_changed_data(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "a.csv"
    file.write_text("x\n1\n")
    given = {"input_base": "data", "span": 0, "version": -1, "fingerprint": ""}
    first = fill_sources("example_gen", given, tmp_path)
    assert {**first, "fingerprint": ""} == given
    assert first["fingerprint"]
    assert fill_sources("example_gen", given, tmp_path) == first
    file.write_text("x\n2\n")
    assert fill_sources("example_gen", given, tmp_path)["fingerprint"] != first["fingerprint"]
    assert fill_sources("example_gen", {**given, "fingerprint": "own"}, tmp_path)["fingerprint"] == "own"


def test_example_gen_takes_the_newest_span_unless_one_is_given(tmp_path: Path) -> None:
    for name in ("1/0", "2/0", "2/1"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.csv").write_text(name)
    config = {"splits": [{"name": "all", "pattern": "{SPAN}/{VERSION}/*"}]}
    left_out = {"input_base": str(tmp_path), "input_config": config, "span": -1, "version": -1, "fingerprint": ""}
    newest = fill_sources("example_gen", left_out, tmp_path)
    assert (newest["span"], newest["version"]) == (2, 1)
    assert with_source("first run", "example_gen", newest) == "first run; reads span 2, version 1"
    one = {"static_range": {"start_span_number": 1, "end_span_number": 1}}
    for given in ({**left_out, "span": 1}, {**left_out, "range_config": one}):
        old = fill_sources("example_gen", given, tmp_path)
        assert (old["span"], old["version"]) == (1, 0)
        assert old["fingerprint"] != newest["fingerprint"]
    assert fill_sources("example_gen", newest, tmp_path) == newest


def test_what_reads_no_span_is_told_as_it_was() -> None:
    assert with_source("first run", "trainer", {}) == "first run"
    assert with_source("first run", "example_gen", {"input_base": "data", "span": 0, "version": -1}) == "first run"


def test_an_interface_without_version_is_filled_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    given = {"input_base": str(tmp_path), "span": 0, "fingerprint": ""}
    assert set(fill_sources("example_gen", given, tmp_path)) == set(given)


def test_data_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none"):
        fill_sources("example_gen", {"input_base": str(tmp_path / "none")}, tmp_path)


def test_importer_takes_a_digest_of_what_it_can_see(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("m")
    assert fill_sources("importer", {"artifact_uri": "model"}, tmp_path)["fingerprint"] == fs.digest(
        str(tmp_path / "model")
    )
    assert fill_sources("importer", {"artifact_uri": "s3://b/m", "fingerprint": ""}, tmp_path)["fingerprint"] == ""


def test_code_is_kept_as_a_run_took_it(tmp_path: Path) -> None:
    code = tmp_path / "model.py"
    code.write_text("X = 1\n")
    given = {"module_file": str(code), "run_fn": "", "eval_config": None}
    filled = fill_code("trainer", given, tmp_path / "root")
    address, _, digest = filled["module_file"].partition("#sha256=")
    assert address == f"{tmp_path}/root/argosy-code/{digest}/model.py"
    code.write_text("X = 2\n")
    assert Path(address).read_text() == "X = 1\n"
    assert {**filled, "module_file": str(code)} == given
    assert fill_code("", given, tmp_path / "root") == given
    code.unlink()
    with pytest.raises(ParameterError, match=r"model\.py: no such file or folder here"):
        fill_code("trainer", given, tmp_path / "root")
