import pytest

from argosy.errors import DataError, ParameterError
from argosy.ingest.config import InputSplit
from argosy.ingest.source import find_sources, resolve_source


def tree_of(tmp_path, *names):
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return str(tmp_path)


def found(base, *patterns):
    splits = [InputSplit(name=f"s{k}", pattern=pattern) for k, pattern in enumerate(patterns)]
    return [[file.removeprefix(base + "/") for file in source.files] for source in find_sources(base, splits)]


def test_files_by_pattern(tmp_path):
    base = tree_of(
        tmp_path, "b.csv", "a.csv", "c.txt", "deep/d.csv", "deep/er/e.csv", ".hidden", "_SUCCESS", ".git/x.csv"
    )
    assert found(base, "*") == [["a.csv", "b.csv", "c.txt"]]
    assert found(base, "*.csv", "deep/*") == [["a.csv", "b.csv"], ["deep/d.csv"]]
    assert found(base, "**/*.csv") == [["a.csv", "b.csv", "deep/d.csv", "deep/er/e.csv"]]


def test_a_single_file(tmp_path):
    base = tree_of(tmp_path, "a.csv", "b.csv")
    assert find_sources(f"{base}/a.csv", [InputSplit()])[0].files == (f"{base}/a.csv",)


def test_what_is_not_there(tmp_path):
    with pytest.raises(DataError, match="none: no such file or folder"):
        find_sources(str(tmp_path / "none"), [InputSplit()])
    with pytest.raises(DataError, match=r"split single_split: no file matches '\*'"):
        find_sources(str(tmp_path), [InputSplit()])
    with pytest.raises(ParameterError, match="input_base is empty"):
        resolve_source({"input_base": ""})
    with pytest.raises(ParameterError, match="scheme not supported"):
        resolve_source({"input_base": "ftp://x/y"})


def test_the_fingerprint_does_not_depend_on_how_the_folder_is_written(tmp_path, monkeypatch):
    base = tree_of(tmp_path / "in", "a.csv")
    monkeypatch.chdir(tmp_path)
    ways = (base, f"{base}/", f"file://{base}", "in", "./in")
    assert len({resolve_source({"input_base": way})["fingerprint"] for way in ways}) == 1


def test_a_pattern_that_is_none_is_the_users_error(tmp_path):
    base = tree_of(tmp_path, "a.csv")
    with pytest.raises(ParameterError, match=r"input_config: '\*\*.csv' is no pattern .*; write \*\* between slashes"):
        found(base, "**.csv")


def test_the_fingerprint_changes_with_names_content_and_splits_only(tmp_path):
    base = tree_of(tmp_path / "one", "a.csv", "x/b.csv")
    config = {"splits": [{"name": "s", "pattern": "**/*"}]}
    first = resolve_source({"input_base": base, "input_config": config})
    assert first["span"] == 0
    assert first["fingerprint"].startswith("split:s,num_files:2,sha256:")
    assert resolve_source({"input_base": base, "input_config": config, "output_config": {}}) == first
    assert (
        resolve_source({"input_base": tree_of(tmp_path / "two", "a.csv", "x/b.csv"), "input_config": config}) == first
    )
    seen = {first["fingerprint"], resolve_source({"input_base": base})["fingerprint"]}
    (tmp_path / "one" / "a.csv").write_text("A.csv")
    seen.add(resolve_source({"input_base": base, "input_config": config})["fingerprint"])
    (tmp_path / "one" / "x").rename(tmp_path / "one" / "y")
    seen.add(resolve_source({"input_base": base, "input_config": config})["fingerprint"])
    assert len(seen) == 4


def test_resolving_imports_neither_beam_nor_tensorflow():
    import subprocess
    import sys

    code = (
        "import sys, argosy.ingest.source, argosy.ingest.importer;"
        "sys.exit(' '.join(m for m in ('apache_beam', 'tensorflow', 'kfp', 'numpy') if m in sys.modules) or 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).stderr == b""
