"""Versions in an object store: whole or not seen, each number once, nothing left of what died."""

import concurrent.futures
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from argosy import fs
from argosy.errors import ArtifactError, StorageError
from argosy.serving import publish_objects
from argosy.serving.manifest import MANIFEST_FILE, describe, from_bytes, to_bytes
from argosy.serving.publish import confirm, find_published, is_pending, next_version, publish, withdraw
from argosy.serving.shelf import look, put_marker

ROOT = Path(__file__).parents[2]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    directory = tmp_path / "model"
    (directory / "variables").mkdir(parents=True)
    (directory / "saved_model.pb").write_bytes(b"graph" * 1000)
    (directory / "variables" / "variables.index").write_bytes(b"index")
    return directory


def below(base: str) -> list[str]:
    return [uri.removeprefix(f"{base}/") for uri in fs.list_files(base)]


def test_a_version_is_its_files_and_a_manifest(bucket, model):
    base = f"{bucket}/models/m"
    assert find_published(str(model), base) is None
    version = publish(str(model), base)
    assert abs(version - time.time()) < 60
    assert is_pending(base, version)
    confirm(base, version)
    assert not is_pending(base, version)
    files = [f"{version}/{name}" for name in (MANIFEST_FILE, "saved_model.pb", "variables/variables.index")]
    assert below(base) == sorted(files)
    manifest = from_bytes(fs.read_bytes(f"{base}/{version}/{MANIFEST_FILE}"))
    assert manifest == describe(str(model), version)
    assert json.loads(to_bytes(manifest))["files"][0]["sha256"] == fs_sha256(model / "saved_model.pb")
    assert find_published(str(model), base) == version
    assert publish(str(model), base) > version
    (model / "saved_model.pb").write_bytes(b"other")
    assert find_published(str(model), base) is None


def fs_sha256(path: Path) -> str:
    return subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]


def test_numbers_only_go_up_and_a_withdrawn_one_is_not_used_again(bucket, model):
    base = f"{bucket}/m"
    first = publish(str(model), base)
    fs.write_bytes(f"{base}/{10**12}/saved_model.pb", b"")
    assert next_version(base) == 10**12 + 1
    fs.remove(f"{base}/{10**12}")
    second = publish(str(model), base)
    withdraw(base, second)
    assert next_version(base) == second + 1
    assert sorted(look(base).complete) == [first]
    (left,) = [uri for uri in below(base) if f"{second}" in uri]
    assert left.endswith(".rejected")
    with pytest.raises(StorageError, match="cannot withdraw"):
        withdraw(base, second)


def test_publishers_at_once_get_versions_of_their_own(bucket, model):
    base = f"{bucket}/m"
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        versions = list(pool.map(lambda _: publish(str(model), base), range(6)))
    assert len(set(versions)) == 6
    assert sorted(look(base).complete) == sorted(versions)
    assert not look(base).begun


def test_what_a_push_that_died_has_left_is_removed_by_the_next_and_what_lives_is_not(bucket, model, monkeypatch):
    monkeypatch.setattr(publish_objects, "SILENT_SECONDS", 2.5)
    base = f"{bucket}/m"
    put_marker(base, 5, "pending")
    fs.write_bytes(f"{base}/5/saved_model.pb", b"half")
    fs.write_bytes(f"{base}/6/variables/variables.index", b"half")
    living = put_marker(base, 7, "pending")
    assert set(look(base).begun) == {5, 6, 7}
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pushed = pool.submit(publish, str(model), base)
        while not pushed.done():
            fs.write_bytes(living, b"")
            time.sleep(0.3)
    assert set(look(base).begun) == {7}
    assert set(look(base).complete) == {pushed.result()}
    assert not [uri for uri in below(base) if uri.startswith((".5.", "5/", "6/"))]


KILLED = """
import sys
from argosy.serving import publish_objects
publish_objects._check_upload = lambda *_: print("uploaded", flush=True) or sys.stdin.read()
publish_objects.publish(sys.argv[1], sys.argv[2])
"""


def test_a_push_killed_before_its_manifest_shows_nothing_and_is_cleaned_up_after(s3_bucket, model, monkeypatch):
    monkeypatch.setattr(publish_objects, "SILENT_SECONDS", 2.0)
    base = f"{s3_bucket}/m"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(model), base],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"uploaded\n"
    process.kill()
    process.communicate()
    ((half, _),) = look(base).begun.items()
    assert not look(base).complete
    version = publish(str(model), base)
    assert version > half
    assert not [uri for uri in below(base) if str(half) in uri]


def test_a_failed_push_leaves_nothing(bucket, model):
    base = f"{bucket}/m"
    (model / "link").symlink_to(model / "saved_model.pb")
    with pytest.raises(ArtifactError, match="is a link"):
        publish(str(model), base)
    (model / "link").unlink()
    (model / MANIFEST_FILE).touch()
    with pytest.raises(ArtifactError, match="rename it"):
        publish(str(model), base)
    assert below(base) == []


def test_a_push_that_another_took_for_dead_says_so(s3_bucket, model, monkeypatch):
    base = f"{s3_bucket}/m"
    upload = fs.upload_directory

    def upload_and_lose_the_marker(source, uri, *, last):
        size = upload(source, uri, last=last)
        fs.remove(next(file for file in fs.list_files(base) if file.endswith(".pending")))
        return size

    monkeypatch.setattr(fs, "upload_directory", upload_and_lose_the_marker)
    with pytest.raises(StorageError, match="taken for dead by another push"):
        publish(str(model), base)
    assert below(base) == []


def test_a_bucket_that_is_not_there(bucket, model):
    with pytest.raises(StorageError, match=r"has no .*bucket"):
        publish(str(model), f"{bucket.partition('//')[0]}//no-such-bucket-here/m")


@pytest.mark.parametrize("data", [b"", b"[]", b'{"format": 2}', b'{"format": 1, "files": [{}]}'])
def test_what_is_no_manifest(data):
    with pytest.raises(ArtifactError, match=r"no manifest|this Argosy reads 1"):
        from_bytes(data)
