import concurrent.futures
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from argosy import fs
from argosy.errors import StorageError
from argosy.serving.publish import confirm, find_published, is_pending, next_version, publish, withdraw
from argosy.serving.versions import list_versions


@pytest.fixture
def model(tmp_path: Path) -> Path:
    directory = tmp_path / "model"
    (directory / "variables").mkdir(parents=True)
    (directory / "assets.extra").mkdir()
    (directory / "saved_model.pb").write_bytes(b"graph" * 1000)
    (directory / "variables" / "variables.index").write_bytes(b"index")
    return directory


def test_publishers_at_once_get_versions_of_their_own_and_no_reader_sees_half_a_model(model, tmp_path):
    base, whole, done = tmp_path / "base", fs.digest(str(model)), threading.Event()
    seen: list[str] = []

    def watch():
        while not done.is_set():
            seen.extend(fs.digest(str(path)) for path in (list_versions(base) or {}).values())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            versions = list(pool.map(lambda _: publish(str(model), base), range(12)))
    finally:
        done.set()
        watcher.join()
    assert len(set(versions)) == 12
    assert sorted(list_versions(base) or {}) == sorted(versions)
    assert set(seen) == {whole}
    assert not list(base.glob("*.tmp"))


def test_versions_only_go_up(model, tmp_path):
    base = tmp_path / "base"
    first = publish(str(model), base)
    assert abs(first - time.time()) < 60
    assert publish(str(model), base) > first
    far = 10**12
    (base / str(far)).mkdir()
    (base / str(far) / "saved_model.pb").write_bytes(b"")
    assert publish(str(model), base) == far + 1
    withdraw(base, far + 1)
    assert far + 1 not in (list_versions(base) or {})
    assert next_version(base) == far + 2


def test_the_same_model_is_found_and_a_changed_one_is_not(model, tmp_path):
    base = tmp_path / "base"
    assert find_published(str(model), base) is None
    version = publish(str(model), base)
    assert find_published(str(model), base) == version
    assert is_pending(base, version)
    confirm(base, version)
    assert not is_pending(base, version)
    (model / "variables" / "variables.index").write_bytes(b"other")
    assert find_published(str(model), base) is None


def test_a_withdrawn_version_leaves_nothing_but_its_number(model, tmp_path):
    base = tmp_path / "base"
    version = publish(str(model), base)
    withdraw(base, version)
    (left,) = base.iterdir()
    assert left.name.endswith(".rejected")
    assert not list(left.iterdir())
    with pytest.raises(StorageError, match="cannot withdraw"):
        withdraw(base, version)


def test_a_failed_copy_leaves_nothing(tmp_path):
    base = tmp_path / "base"
    with pytest.raises(StorageError, match="cannot publish"):
        publish(str(tmp_path / "nothing"), base)
    assert not list(base.iterdir())


def test_a_base_path_that_is_a_file(model, tmp_path):
    (tmp_path / "base").write_text("")
    with pytest.raises(StorageError, match=r"cannot publish in .*base: .*give a folder that this process can write to"):
        publish(str(model), tmp_path / "base")


KILLED = """
import sys
from argosy.serving.publish import publish
print("ready", flush=True)
while True:
    publish(sys.argv[1], sys.argv[2])
"""


@pytest.mark.parametrize("milliseconds", [1, 7, 20])
def test_a_killed_publisher_leaves_whole_versions_only(model, tmp_path, milliseconds):
    base = tmp_path / "base"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(model), str(base)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(milliseconds / 1000)
    process.kill()
    process.communicate()
    versions = list_versions(base) or {}
    assert {fs.digest(str(path)) for path in versions.values()} <= {fs.digest(str(model))}
    used = max([*versions, 0])
    assert publish(str(model), base) > used
