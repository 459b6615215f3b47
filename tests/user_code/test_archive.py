"""Packages in one file: the same bytes for the same files, and nothing lands anywhere but where it has to."""

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from argosy.errors import ParameterError
from argosy.user_code.archive import MAX_BYTES, MAX_FILES, pack, top_names, unpack

FILES = {
    "__init__.py": "",
    "model.py": "X = 1\n",
    "nets/__init__.py": "",
    "nets/deep.py": "Y = 2\n",
    "words.txt": "a\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def zipped(files: dict[str, bytes], *, links: tuple[str, ...] = ()) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = ((stat.S_IFLNK if name in links else stat.S_IFREG) | 0o644) << 16
            archive.writestr(entry, content)
    return data.getvalue()


def tarred(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for entry, content in entries:
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return data.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()


def test_a_package_stands_in_it_under_its_name_and_of_a_plain_folder_the_content(tmp_path: Path) -> None:
    package = write(tmp_path / "flights", FILES)
    assert names(pack(package)) == sorted(f"flights/{name}" for name in FILES)
    assert names(pack(tmp_path)) == names(pack(package))


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    one = write(tmp_path / "a" / "flights", FILES)
    other = write(tmp_path / "b" / "flights", dict(reversed(FILES.items())))
    for path in other.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    assert pack(one) == pack(other)
    (other / "model.py").write_text("X = 2\n")
    assert pack(one) != pack(other)


def test_what_tools_make_stays_out(tmp_path: Path) -> None:
    rubbish = {f"{name}/x.py": "" for name in (".git", "__pycache__", "nets/__pycache__", "a.egg-info", ".venv")}
    write(tmp_path / "flights", {**FILES, **rubbish, "model.pyc": "", ".env": "SECRET=1"})
    assert names(pack(tmp_path / "flights")) == sorted(f"flights/{name}" for name in FILES)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"data.csv": "a"}, "no Python file in it"),
        ({"json.py": "", "model.py": ""}, "'json' at its top would hide Python's own module"),
        ({"argosy/__init__.py": ""}, "'argosy' at its top would hide Argosy's own module"),
    ],
)
def test_a_folder_that_is_no_code(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        pack(write(tmp_path / "folder", files))


def test_a_module_of_a_package_may_be_called_like_one_of_pythons(tmp_path: Path) -> None:
    assert "flights/json.py" in names(pack(write(tmp_path / "flights", {**FILES, "json.py": ""})))


def test_a_package_whose_folder_is_no_name(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="'my-flights' is no name of a package; rename it"):
        pack(write(tmp_path / "my-flights", FILES))


def test_links_out_of_the_folder_are_refused_and_others_followed(tmp_path: Path) -> None:
    package = write(tmp_path / "flights", FILES)
    (package / "again.py").symlink_to("model.py")
    assert "flights/again.py" in names(pack(package))
    (package / "secret.py").symlink_to(write(tmp_path, {"secret.py": ""}) / "secret.py")
    with pytest.raises(ParameterError, match=r"secret\.py: a link to a folder, or out of"):
        pack(package)
    (package / "secret.py").unlink()
    (package / "more").symlink_to("nets")
    with pytest.raises(ParameterError, match=r"more: a link to a folder"):
        pack(package)


def test_too_much_data_beside_the_code_names_the_largest_file(tmp_path: Path) -> None:
    package = write(tmp_path / "flights", FILES)
    with (package / "weights.bin").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ParameterError, match=rf"The largest is flights/weights\.bin with {MAX_BYTES + 1}: move data"):
        pack(package)


@pytest.mark.parametrize("name", ["code.zip", "code.whl"])
def test_zip_archives_and_wheels_come_out_as_they_were(tmp_path: Path, name: str) -> None:
    unpack(pack(write(tmp_path / "flights", FILES)), name, tmp_path / "out")
    assert {file: (tmp_path / "out/flights" / file).read_text() for file in FILES} == FILES
    assert top_names(tmp_path / "out") == ["flights"]


def test_a_tar_made_by_tar_comes_out_as_it_was(tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        archive.add(write(tmp_path / "flights", FILES), arcname="./flights")
    unpack(data.getvalue(), "code.tar.gz", tmp_path / "out")
    assert {file: (tmp_path / "out/flights" / file).read_text() for file in FILES} == FILES


ESCAPES = ["../evil.py", "a/../../evil.py", "/tmp/evil.py", "..\\evil.py", "a\\b.py"]
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    **{f"zip {name}": ("c.zip", zipped({name: b"x"}), "would land outside") for name in ESCAPES},
    **{f"tar {name}": ("c.tgz", tarred((entry(name), b"x")), "would land outside") for name in ESCAPES},
    "zip link": ("c.zip", zipped({"a.py": b"/etc/passwd"}, links=("a.py",)), "a.py is a link"),
    "tar link": ("c.tgz", tarred((entry("a", tarfile.SYMTYPE, "/etc"), b"")), "a is a link or a device"),
    "tar hard link": ("c.tgz", tarred((entry("a", tarfile.LNKTYPE, "/etc/passwd"), b"")), "a is a link or a device"),
    "tar pipe": ("c.tgz", tarred((entry("a", tarfile.FIFOTYPE), b"")), "a is a link or a device"),
    "bomb": ("c.zip", zipped({"a.py": b"#" * (MAX_BYTES + 1)}), f"more than {MAX_BYTES} bytes unpacked"),
    "many files": ("c.zip", zipped({f"{n}.txt": b"" for n in range(MAX_FILES + 1)}), f"more than {MAX_FILES} files"),
    "hides Python's": ("c.zip", zipped({"json/__init__.py": b""}), "'json' at its top would hide Python's"),
    "file and folder": ("c.zip", zipped({"a": b"", "a/b.py": b""}), "a/b.py stands in it twice"),
    "twice": ("c.tgz", tarred((entry("a.py"), b"1"), (entry("a.py"), b"2")), "a.py stands in it twice"),
    "no zip": ("c.zip", b"PK rather not", "cannot be unpacked .*pack it again"),
    "no tar": ("c.tar.gz", b"neither", "cannot be unpacked .*pack it again"),
    "cut zip": ("c.zip", zipped({"a.py": b"x" * 1000})[:60], "cannot be unpacked"),
    "cut tar": ("c.tgz", tarred((entry("a.py"), os.urandom(4000)))[:2000], "cannot be unpacked"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_wrong_with_an_archive_is_told_and_nothing_lands_outside(tmp_path: Path, case: str) -> None:
    name, data, message = HOSTILE[case]
    target = tmp_path / "deep" / "out"
    target.mkdir(parents=True)
    with pytest.raises(ParameterError, match=rf"{name}: .*{message}"):
        unpack(data, name, target)
    assert [path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "deep")] == []
    assert list((tmp_path / "deep").iterdir()) == [target]
    assert not Path("/tmp/evil.py").exists()


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.py": b"x"}))
    for header, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(header) + offset] |= 1
    with pytest.raises(ParameterError, match=r"a\.py is encrypted; pack it without a password"):
        unpack(bytes(data), "c.zip", tmp_path)
