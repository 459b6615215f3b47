"""What of Argosy's own source a step depends on, so that an edit reruns the steps that it touches and no others."""

import hashlib
import importlib.util
import re
from collections.abc import Iterable, Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]
STEP_AREAS = {
    "example_gen": "ingest",
    "importer": "ingest",
    "statistics_gen": "data_validation",
    "schema_gen": "data_validation",
    "import_schema_gen": "data_validation",
    "example_validator": "data_validation",
    "example_diff": "data_validation",
    "distribution_validator": "data_validation",
    "transform": "transform",
    "trainer": "training",
    "evaluator": "model_analysis",
    "pusher": "serving",
}
FOUNDATION = ("__init__", "artifacts", "errors", "fs", "page", "pointer", "run")
MODULE_PARAMETERS = ("module_file", "preprocessing_fn", "run_fn", "reader_fn")
"""Parameters that may name an importable module, or a function in one."""
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_IMPORT = re.compile(r"^\s*(?:from|import)\s+argosy(?:\.|\s+import\s+)([\w, ]+)", re.MULTILINE)


def code_digests(step: str, package: Path = PACKAGE, *, user_code: Iterable[str] = ()) -> dict[str, str]:
    """Returns area -> SHA-256 of its source: the step's work area, every area that it imports, and the foundation.

    An unknown step depends on every area. `user_code` is the text of modules that the step runs; their imports count.
    """
    digests = {"argosy": _digest([file for name in FOUNDATION for file in sorted(package.glob(f"{name}.*"))], package)}
    every_area = sorted(folder.name for folder in package.iterdir() if any(folder.glob("*.py")))
    waiting = [STEP_AREAS[step]] if step in STEP_AREAS else list(every_area)
    waiting += [*FOUNDATION, *_imports(user_code)]
    while waiting:
        area = waiting.pop()
        if f"argosy/{area}" in digests or area not in every_area:
            continue
        files = sorted((package / area).rglob("*.py"))
        digests[f"argosy/{area}"] = _digest(files, package)
        waiting += _imports(file.read_text(encoding="utf-8") for file in files)
    return dict(sorted(digests.items()))


def module_digests(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Returns package -> SHA-256 of its source, for each importable module of the user's that a parameter names.

    Nothing is imported. The whole top-level package counts, since a module may use any of it.
    """
    # Beside a module_file, the others name a function in that.
    given = str(parameters.get("module_file") or "")
    names = {given} if given else {str(parameters.get(name, "")) for name in MODULE_PARAMETERS}
    packages = {name.partition(".")[0] for name in names if _DOTTED.fullmatch(name)}
    found = {package: importlib.util.find_spec(package) for package in sorted(packages)}
    return {package: _digest(_sources(spec), Path("/")) for package, spec in found.items() if spec is not None}


def _sources(spec: ModuleSpec) -> list[Path]:
    if spec.submodule_search_locations is None:
        return [Path(spec.origin)] if spec.origin and Path(spec.origin).is_file() else []
    return [file for folder in spec.submodule_search_locations for file in sorted(Path(folder).rglob("*.py"))]


def _imports(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for names in _IMPORT.findall(text) for word in re.findall(r"\w+", names)}


def _digest(files: list[Path], package: Path) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.relative_to(package)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
