"""The puller: complete versions only, checked, by rename; newest first, never none."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from argosy import fs
from argosy.errors import ParameterError, StorageError
from argosy.serving.manifest import MANIFEST_FILE
from argosy.serving.publish import confirm, publish, withdraw
from argosy.serving.pull import prepare_folder, pull, pull_once
from argosy.serving.versions import list_versions

ROOT = Path(__file__).parents[2]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    directory = tmp_path / "model"
    (directory / "variables").mkdir(parents=True)
    (directory / "saved_model.pb").write_bytes(b"graph" * 1000)
    (directory / "variables" / "variables.index").write_bytes(b"index")
    return directory


def push(model: Path, base: str, content: bytes) -> int:
    (model / "saved_model.pb").write_bytes(content)
    version = publish(str(model), base)
    confirm(base, version)
    return version


def versions(folder: Path) -> list[int]:
    return sorted(list_versions(folder) or {})


def test_the_newest_are_copied_and_older_ones_go(bucket, model, tmp_path):
    base, folder = f"{bucket}/m", tmp_path / "served"
    prepare_folder(folder)
    assert pull_once(base, folder, keep=2) == []
    pushed = [push(model, base, b"model %d" % number) for number in range(3)]
    assert pull_once(base, folder, keep=2) == [pushed[2], pushed[1]]
    assert versions(folder) == pushed[1:]
    (folder / str(pushed[2]) / MANIFEST_FILE).unlink()
    assert fs.digest(str(folder / str(pushed[2]))) == fs.digest(str(model))
    pushed.append(push(model, base, b"model 3"))
    assert pull_once(base, folder, keep=2) == [pushed[3]]
    assert versions(folder) == pushed[2:]
    assert pull_once(base, folder, keep=2) == []
    assert [path.name for path in sorted(folder.iterdir())] == [str(number) for number in pushed[2:]]


def test_a_withdrawn_version_goes_but_the_last_one_stays(s3_bucket, model, tmp_path):
    base = f"{s3_bucket}/m"
    first, second = push(model, base, b"1"), push(model, base, b"2")
    pull_once(base, tmp_path / "served", keep=1)
    assert versions(tmp_path / "served") == [second]
    withdraw(base, second)
    pull_once(base, tmp_path / "served", keep=1)
    assert versions(tmp_path / "served") == [first]
    withdraw(base, first)
    pull_once(base, tmp_path / "served", keep=1)
    assert versions(tmp_path / "served") == [first]


def test_a_version_without_its_manifest_is_not_there(bucket, model, tmp_path):
    base = f"{bucket}/m"
    fs.upload_directory(str(model), f"{base}/7", last="saved_model.pb")
    assert pull_once(base, tmp_path / "served", keep=2) == []


@pytest.mark.parametrize("damage", ["changed", "missing", "added", "manifest"])
def test_a_broken_version_never_shows_and_the_one_before_does(s3_bucket, model, tmp_path, damage):
    base, folder = f"{s3_bucket}/m", tmp_path / "served"
    good, broken = push(model, base, b"good"), push(model, base, b"broken")
    if damage == "changed":
        fs.write_bytes(f"{base}/{broken}/saved_model.pb", b"BROKEN")
    elif damage == "missing":
        fs.remove(f"{base}/{broken}/variables/variables.index")
    elif damage == "added":
        fs.write_bytes(f"{base}/{broken}/model.tflite", b"")
    else:
        fs.copy(f"{base}/{good}/{MANIFEST_FILE}", f"{base}/{broken}/{MANIFEST_FILE}")
    with pytest.raises(StorageError, match=rf"{base}/{broken} is not what its manifest says: .*push the model again"):
        pull_once(base, folder, keep=1)
    assert [path.name for path in folder.iterdir()] == [str(good)]


def test_what_an_ended_puller_left_is_removed(s3_bucket, model, tmp_path):
    base, folder = f"{s3_bucket}/m", tmp_path / "served"
    version, unique = push(model, base, b"1"), "0123456789abcdef" * 2
    (folder / f".{version}.{unique}.tmp").mkdir(parents=True)
    (folder / f"..{version}.{unique}.tmp.{unique}.tmp" / "variables").mkdir(parents=True)
    (folder / ".other").mkdir()
    prepare_folder(folder)
    assert [path.name for path in folder.iterdir()] == [".other"]


def test_nobody_ever_sees_half_a_version(s3_bucket, model, tmp_path):
    base, folder, over = f"{s3_bucket}/m", tmp_path / "served", threading.Event()
    (model / "assets").mkdir()
    for number in range(10):
        (model / "assets" / str(number)).write_bytes(b"x" * 50_000)
    seen: set[int] = set()

    def watch():
        while not over.is_set():
            for path in (list_versions(folder) or {}).values():
                seen.add(sum(file.is_file() for file in path.rglob("*")))
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(3):
        push(model, base, b"%d" % number)
        pull_once(base, folder, keep=5)
    over.set()
    watcher.join()
    assert seen == {13}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("/models", "/served", 1.0, 2), "source /models: give the s3:// or gs://"),
        (("s3://b/m", "s3://b/n", 1.0, 2), "destination s3://b/n: give a local folder"),
        (("s3://b/m", "/served", 0.0, 2), "poll: 0"),
        (("s3://b/m", "/served", 1.0, 0), "keep: 0"),
    ],
)
def test_wrong_values(arguments, words):
    source, destination, poll, keep = arguments
    with pytest.raises(ParameterError, match=words):
        pull(source, destination, poll_seconds=poll, keep=keep)


def start(*arguments: object, said: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "argosy.cli.main", "pull", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with said.open("w") as stderr:
        return subprocess.Popen(command, env=environment, stderr=stderr, text=True)


def health(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def until(true, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_command_follows_a_base_path_and_ends_at_once(s3_bucket, model, tmp_path):
    base, folder = f"{s3_bucket}/m", tmp_path / "served"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    process = start(base, folder, "--poll", 0.2, "--health-port", port, said=log)
    try:
        until(lambda: "no complete version yet" in log.read_text())
        assert health(port) == 503
        first = push(model, base, b"1")
        until(lambda: versions(folder) == [first])
        assert health(port) == 200
        fs.write_bytes(f"{base}/{first + 1000}/{MANIFEST_FILE}", b"no manifest")
        until(lambda: "is no manifest" in log.read_text())
        second = push(model, base, b"2")
        until(lambda: versions(folder) == [first, second])
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    finally:
        process.kill()
    said = log.read_text()
    assert process.returncode == 0
    assert time.monotonic() - started < 2
    assert said.count("no complete version yet") == 1
    assert said.count("is no manifest") == 1
    assert f"version {first}: 3 files" not in said
    assert f"version {first}: 2 files" in said
    assert "Traceback" not in said


def test_the_command_once(s3_bucket, model, tmp_path):
    base, folder = f"{s3_bucket}/m", tmp_path / "served"
    version = push(model, base, b"1")
    log = tmp_path / "log"
    assert start(base, folder, "--once", said=log).wait(60) == 0
    assert versions(folder) == [version]
    assert start(f"{s3_bucket}-gone/m", folder, "--once", said=log).wait(60) == 4
    said = log.read_text()
    assert said.startswith(f"argosy pull: cannot list {s3_bucket}-gone/m: http://127")
    assert len(said.splitlines()) == 1
    assert versions(folder) == [version]


def test_the_command_needs_no_tensorflow(s3_bucket, tmp_path):
    code = (
        "import sys; from argosy.cli.main import main; "
        f"code = main(['pull', {s3_bucket + '/m'!r}, {str(tmp_path / 'served')!r}, '--once']); "
        "assert not {'tensorflow', 'kfp', 'apache_beam', 'ml_metadata', 'docker'} & set(sys.modules); sys.exit(code)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
