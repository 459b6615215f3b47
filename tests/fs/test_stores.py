"""Bytes in object stores: the same words as for local files, and clear ones when a store says no."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from pathlib import Path

import pytest

from argosy import fs
from argosy.errors import ArgosyError, ParameterError, StorageError
from argosy.fs import files
from argosy.fs.store import open_place

ROOT = Path(__file__).parents[2]
NAMES = ("saved_model.pb", "variables/variables.index", "a b/ü#?%+&=.txt", "empty", ".hidden", "x/y/z/deep", "rows.gz")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        fs.write_bytes(str(tmp_path / "folder" / name), name.encode() * number * 1000)
    (tmp_path / "folder/empty").write_bytes(b"")
    return tmp_path / "folder"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def put_marker(uri: str) -> None:
    """What consoles and other tools leave for a directory: an empty object whose name ends in a slash."""
    place = open_place(uri)
    if uri.startswith("gs://"):
        place.store.write(place.bucket, f"{place.key}/", b"")
    else:
        place.store.filesystem.create_dir(f"{place.bucket}/{place.key}")  # type: ignore[attr-defined]


def test_write_read_and_remove(bucket: str) -> None:
    uri = f"{bucket}/a/b c.txt"
    assert not fs.exists(uri)
    fs.write_bytes(uri, b"one")
    fs.write_bytes(uri, b"two")
    assert fs.read_bytes(uri) == b"two"
    assert fs.exists(uri)
    assert fs.exists(f"{bucket}/a")
    assert not fs.exists(f"{bucket}/a/b")
    assert fs.list_files(bucket) == fs.list_files(f"{bucket}/") == fs.list_files(f"{bucket}/a/") == [uri]
    fs.write_bytes(f"{bucket}/ab", b"")
    fs.remove(f"{bucket}/a")
    assert fs.list_files(bucket) == [f"{bucket}/ab"]
    fs.remove(f"{bucket}/a")
    with pytest.raises(StorageError, match=r"cannot read .*/a/b c\.txt: http.* has no such object.*check both"):
        fs.read_bytes(uri)


def test_a_whole_bucket_is_not_removed(s3_bucket: str, gcs_bucket: str) -> None:
    for bucket in (s3_bucket, gcs_bucket, f"{s3_bucket}/"):
        with pytest.raises(StorageError, match="whole bucket"):
            fs.remove(bucket)


def test_a_directory_there_and_back(bucket: str, folder: Path, tmp_path: Path) -> None:
    size = fs.upload_directory(str(folder), f"{bucket}/p/q/")
    assert size == sum(len(data) for data in contents(folder).values())
    assert fs.list_files(f"{bucket}/p") == sorted(f"{bucket}/p/q/{name}" for name in NAMES)
    assert fs.digest(f"{bucket}/p/q") == fs.digest(f"{bucket}/p/q/") == fs.digest(str(folder))
    (tmp_path / "back").mkdir()
    assert (
        fs.download_directory(f"{bucket}/p/q", str(tmp_path / "back"), expected_digest=fs.digest(str(folder))) == size
    )
    assert contents(tmp_path / "back") == contents(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back", "folder"]


def test_a_single_file_there_and_back(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("<p>")
    fs.upload_directory(str(tmp_path / "report.html"), f"{bucket}/r/report")
    fs.download_directory(f"{bucket}/r/report", str(tmp_path / "down/report"))
    assert (tmp_path / "down/report").read_text() == "<p>"
    assert fs.digest(f"{bucket}/r/report") == fs.digest(str(tmp_path / "report.html"))


def test_a_large_file_passes_in_pieces(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(range(256)) * (21 << 12))
    fs.upload_directory(str(tmp_path / "large"), f"{bucket}/large")
    assert fs.digest(f"{bucket}/large") == fs.digest(str(tmp_path / "large"))


def test_markers_are_not_seen(bucket: str, tmp_path: Path) -> None:
    put_marker(f"{bucket}/d")
    put_marker(f"{bucket}/d/e")
    assert not fs.exists(f"{bucket}/d")
    assert fs.list_files(bucket) == []
    assert fs.digest(f"{bucket}/d") == ""
    with pytest.raises(StorageError, match="there is nothing"):
        fs.download_directory(f"{bucket}/d", str(tmp_path / "d"))
    fs.write_bytes(f"{bucket}/d/e/f", b"1")
    fs.download_directory(f"{bucket}/d", str(tmp_path / "d"))
    assert contents(tmp_path / "d") == {"e/f": b"1"}
    fs.remove(f"{bucket}/d")
    assert not fs.exists(f"{bucket}/d")


def test_copies_in_every_direction(bucket: str, folder: Path, tmp_path: Path) -> None:
    fs.copy(str(folder), f"{bucket}/one")
    fs.copy(f"{bucket}/one", f"{bucket}/two")
    fs.copy(f"{bucket}/two", str(tmp_path / "three"))
    fs.copy(str(tmp_path / "three"), str(tmp_path / "four"))
    fs.copy(f"{bucket}/two/.hidden", str(tmp_path / "five"))
    assert contents(tmp_path / "four") == contents(folder)
    assert (tmp_path / "five").read_bytes() == (folder / ".hidden").read_bytes()
    with pytest.raises(StorageError, match="exists"):
        fs.copy(f"{bucket}/two", str(tmp_path / "four"))


def test_from_one_store_to_the_other(s3_bucket: str, gcs_bucket: str, folder: Path) -> None:
    fs.upload_directory(str(folder), f"{s3_bucket}/m")
    fs.copy(f"{s3_bucket}/m", f"{gcs_bucket}/m")
    assert fs.digest(f"{gcs_bucket}/m") == fs.digest(str(folder))


def test_what_cannot_be_moved(bucket: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file or directory"):
        fs.upload_directory(str(tmp_path / "nothing"), f"{bucket}/n")
    fs.upload_directory(str(folder), f"{bucket}/m")
    with pytest.raises(StorageError, match=r"has digest .* not feed"):
        fs.download_directory(f"{bucket}/m", str(tmp_path / "m"), expected_digest="feed")
    with pytest.raises(StorageError, match="exists"):
        fs.download_directory(f"{bucket}/m", str(folder))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_with_files_below_it(s3_bucket: str, gcs_bucket: str, tmp_path: Path) -> None:
    for bucket in (s3_bucket, gcs_bucket):
        fs.write_bytes(f"{bucket}/both", b"a file")
        fs.write_bytes(f"{bucket}/both/below", b"")
        with pytest.raises(StorageError, match="is a file and has files below it"):
            fs.download_directory(f"{bucket}/both", str(tmp_path / "both"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.cluster
def test_what_a_store_with_rights_says(real_s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        with pytest.raises(StorageError, match=r"does not accept the credentials.*check AWS_ACCESS_KEY_ID"):
            fs.check_writable(real_s3)
        patch.setenv("AWS_NO_SIGN_REQUEST", "1")
        with pytest.raises(StorageError, match=r"forbids it.*grant these credentials access to bucket"):
            fs.check_writable(real_s3)


def test_a_name_never_leads_out_of_the_target(s3_bucket: str, s3_endpoint: str, tmp_path: Path) -> None:
    address = f"{s3_endpoint}/{s3_bucket[5:]}/m/%2e%2e/%2e%2e/escaped"
    urllib.request.urlopen(urllib.request.Request(address, data=b"x", method="PUT"), timeout=10).close()
    assert fs.list_files(s3_bucket) == [f"{s3_bucket}/m/../../escaped"]
    with pytest.raises(StorageError, match="cannot be a file"):
        fs.download_directory(f"{s3_bucket}/m", str(tmp_path / "m"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["s3://", "gs:///key", "s3://bucket//key"])
def test_a_uri_that_names_nothing(uri: str) -> None:
    with pytest.raises(ParameterError, match="BUCKET/KEY"):
        fs.read_bytes(uri)


def test_a_place_to_write(bucket: str) -> None:
    fs.check_writable(f"{bucket}/p/")
    assert fs.list_files(bucket) == []
    gone = f"argosy-gone-{uuid.uuid4().hex}"
    uri = f"{bucket.partition('//')[0]}//{gone}/p"
    with pytest.raises(StorageError, match=f"cannot write {uri}/.*: http.* no bucket {gone}"):
        fs.check_writable(uri)
    with pytest.raises(StorageError, match=f"cannot list {uri}: http.* no bucket {gone}"):
        fs.list_files(uri)


def test_an_endpoint_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "minio:9000")
    with pytest.raises(ParameterError, match=r"AWS_ENDPOINT_URL: 'minio:9000' .* http://HOST:PORT"):
        fs.exists("s3://bucket/key")


def test_a_store_that_does_not_answer_is_named_in_bounded_time() -> None:
    addresses = ("http://127.0.0.1:1", "http://no-such-host.invalid:9")
    cases = [(uri, address) for uri in ("s3://bucket/key", "gs://bucket/key") for address in addresses]
    started = time.monotonic()
    # Each in a process of its own, so that they wait together.
    processes = [_check_elsewhere(*case) for case in cases]
    errors = [process.communicate(timeout=60)[1].splitlines()[-1] for process in processes]
    assert time.monotonic() - started < 20
    for (uri, address), error in zip(cases, errors, strict=True):
        assert f"argosy.errors.StorageError: cannot write {uri}" in error
        assert f"{address} does not answer" in error
        assert "; check" in error


@pytest.mark.parametrize("uri", ["s3://bucket/key", "gs://bucket/key"])
def test_a_silent_store_is_not_waited_for(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_CHECK_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name in ("AWS_ENDPOINT_URL_S3", "STORAGE_EMULATOR_HOST"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with pytest.raises(StorageError, match=f"cannot write {uri}.*: no answer in .* s; check endpoint"):
            fs.check_writable(uri)


def _check_elsewhere(uri: str, address: str) -> subprocess.Popen[str]:
    environment = {
        "AWS_ENDPOINT_URL_S3": address,
        "STORAGE_EMULATOR_HOST": address,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "PYTHONPATH": str(ROOT),
    }
    code = f"from argosy import fs; fs.check_writable({uri!r})"
    return subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    )


def test_a_key_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/key.json")
    with pytest.raises(StorageError, match=r"/no/such/key\.json was not found.*check GOOGLE_APPLICATION_CREDENTIALS"):
        fs.read_bytes("gs://bucket/key")


def test_many_at_once(bucket: str) -> None:
    failed: list[ArgosyError] = []

    def write(number: int) -> None:
        try:
            fs.write_bytes(f"{bucket}/{number}", b"x" * number)
        except ArgosyError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(fs.list_files(bucket)) == 20
