"""Writes the images' requirements, one file per layer, from uv.lock: `python images/requirements/export.py`.

Each file holds what its layer adds to the one below, one wheel and one hash each: the very wheel that the image's
platform takes. `tensorflow-gpu.txt` is apart, because the lock keeps plain `tensorflow` out: `--gpu` makes it, with uv.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

HERE = Path(__file__).parent
LOCK = HERE.parents[1] / "uv.lock"

LAYERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "core": ("", ("argosy", "argosy[gcs]")),
    "beam": ("core", ("argosy[beam]", "argosy[sql]")),
    "tensorflow": ("beam", ("argosy[tensorflow]", "tensorflow-cpu")),
    "cli": ("core", ("argosy[kfp]", "argosy[docker]")),
    "build": ("", ("setuptools",)),
}
"""Layer -> (the layer below it, what it is made of)."""

LEFT_OUT = {
    "libclang": "TensorFlow compiles nothing of ours",
    "google-cloud-aiplatform": "of Beam's inference on Vertex AI",
    "google-cloud-dlp": "of Beam's data loss prevention",
    "google-cloud-language": "of Beam's text annotation",
    "google-cloud-recommendations-ai": "of Beam's recommendations",
    "google-cloud-videointelligence": "of Beam's video annotation",
    "google-cloud-vision": "of Beam's image annotation",
    "google-genai": "of Beam's inference on Gemini",
    "tensorflow": "tensorflow-cpu stands for it",
}
"""Package -> why no image needs it."""

ENVIRONMENT = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.5",
    "python_version": "3.13",
    "sys_platform": "linux",
}
"""The images' Python, for markers."""

PLATFORMS = (*(f"manylinux_2_{minor}_x86_64" for minor in range(41, 4, -1)), "manylinux2014_x86_64",
             "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64")  # fmt: skip
"""What Debian trixie's glibc takes, newest first."""


def main() -> None:
    """Writes the files."""
    parser = argparse.ArgumentParser(description="Write the images' requirements from uv.lock.")
    parser.add_argument("--gpu", action="store_true", help="also resolve tensorflow-gpu.txt anew, by uv from the index")
    arguments = parser.parse_args()
    for name, text in requirements(tomllib.loads(LOCK.read_text(encoding="utf-8"))).items():
        (HERE / f"{name}.txt").write_text(text, encoding="utf-8")
    if arguments.gpu:
        (HERE / "tensorflow-gpu.txt").write_text(gpu_requirements(), encoding="utf-8")


def requirements(lock: Mapping[str, Any]) -> dict[str, str]:
    """Returns layer -> the text of its requirements file."""
    packages = [package for package in lock["package"] if _applies(package)]
    closures = {name: _closure(packages, roots) for name, (_, roots) in LAYERS.items()}
    files = {}
    for name, (below, _) in LAYERS.items():
        seen: set[str] = set()
        while below:
            seen, below = seen | set(closures[below]), LAYERS[below][0]
        added = [package for key, package in sorted(closures[name].items()) if key not in seen]
        files[name] = "".join(f"{_line(package)}\n" for package in added)
    return files


def gpu_requirements() -> str:
    """Returns the requirements of TensorFlow with CUDA on top of the beam layer; resolved by uv, asks the index."""
    lock = tomllib.loads(LOCK.read_text(encoding="utf-8"))
    texts = requirements(lock)
    pins = [line.split()[0] for name in ("core", "beam", "tensorflow") for line in texts[name].splitlines()]
    version = next(pin.partition("==")[2] for pin in pins if pin.startswith("tensorflow-cpu=="))
    below = {line.split("==")[0] for name in ("core", "beam") for line in texts[name].splitlines()}
    with tempfile.TemporaryDirectory() as folder:
        constraints, wanted = Path(folder, "constraints.txt"), Path(folder, "wanted.in")
        constraints.write_text("\n".join(pins), encoding="utf-8")
        serving = next(pin for pin in pins if pin.startswith("tensorflow-serving-api=="))
        wanted.write_text(f"tensorflow[and-cuda]=={version}\n{serving}\n", encoding="utf-8")
        command = [
            "uv",
            "pip",
            "compile",
            "--no-config",
            "--quiet",
            "--no-header",
            "--no-annotate",
            "--generate-hashes",
        ]
        command += ["--python-version", "3.13", "--python-platform", "x86_64-manylinux_2_40", "--only-binary", ":all:"]
        command += ["--constraint", str(constraints), str(wanted)]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    single = {line.split()[0]: line for line in texts["tensorflow"].splitlines()}
    kept = []
    for entry in text.replace("\\\n", "").splitlines():
        name, pin = entry.split("==")[0], entry.split()[0]
        if name not in below and (name == "tensorflow" or name not in LEFT_OUT):
            kept.append(single.get(pin, " ".join(entry.split())))
    return "".join(f"{entry}\n" for entry in sorted(kept))


def _closure(packages: list[dict[str, Any]], roots: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Returns name -> package of all that the roots (`name` or `name[extra]`) need, themselves included."""
    found: dict[str, dict[str, Any]] = {}
    todo = [(root.partition("[")[0], "", root.partition("[")[2].rstrip("]")) for root in roots]
    seen: set[tuple[str, str]] = set()
    while todo:
        name, version, extra = todo.pop()
        if (name, extra) in seen or name in LEFT_OUT:
            continue
        seen.add((name, extra))
        package = _one(packages, name, version)
        if name != "argosy":
            found[name] = package
        # An extra of ours alone: what the layer below has is not asked again.
        if not extra or name != "argosy":
            todo += _wanted(package.get("dependencies", []))
        if extra:
            todo += _wanted(package["optional-dependencies"][extra])
    return found


def _wanted(dependencies: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for dependency in dependencies:
        if "marker" in dependency and not Marker(dependency["marker"]).evaluate(ENVIRONMENT):
            continue
        for extra in ("", *dependency.get("extra", [])):
            yield dependency["name"], dependency.get("version", ""), extra


def _one(packages: list[dict[str, Any]], name: str, version: str) -> dict[str, Any]:
    fitting = [p for p in packages if p["name"] == name and version in ("", p.get("version"))]
    if len(fitting) != 1:
        raise SystemExit(f"uv.lock: {len(fitting)} packages fit {name} {version}")
    return fitting[0]


def _applies(package: dict[str, Any]) -> bool:
    """Returns whether the package is of the 3.13 half of the lock."""
    markers = package.get("resolution-markers", [])
    return not markers or any(Marker(marker).evaluate(ENVIRONMENT) for marker in markers)


def _line(package: dict[str, Any]) -> str:
    """Returns `name==version --hash=...` of the wheel that the image takes; of the source where there is no wheel."""
    rank = {tag: place for place, tag in enumerate(_tags())}
    best = None
    for wheel in package.get("wheels", []):
        tags = parse_wheel_filename(wheel["url"].rsplit("/", 1)[-1])[3]
        place = min((rank[tag] for tag in tags if tag in rank), default=None)
        if place is not None and (best is None or place < best[0]):
            best = (place, wheel["hash"])
    digest = best[1] if best else package["sdist"]["hash"]
    return f"{package['name']}=={package['version']} --hash={digest}"


def _tags() -> Iterator[Tag]:
    yield from cpython_tags((3, 13), ["cp313"], PLATFORMS)
    yield from compatible_tags((3, 13), "cp313", PLATFORMS)


if __name__ == "__main__":
    sys.exit(main())
