"""The house's rules on imports, checked on the source: layers go down only, each heavy dependency has its doors."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = {
    "argosy.artifacts": 1,
    "argosy.fs": 1,
    "argosy.errors": 1,
    "argosy.user_code": 1,
    "argosy.pointer": 1,
    "argosy.page": 1,
    "argosy.accumulate": 2,
    "argosy.examples": 2,
    "argosy.schema": 2,
    "argosy.saved_model": 2,
    "argosy.plan": 2,
    "argosy.metadata": 2,
    "argosy.ingest": 3,
    "argosy.data_validation": 3,
    "argosy.transform": 3,
    "argosy.training": 3,
    "argosy.model_analysis": 3,
    "argosy.serving": 3,
    "argosy.export": 3,
    "argosy.runner": 4,
    "argosy.argo": 4,
    "argosy.cli": 5,
    "argosy.run": 5,
    "argosy.components": 5,
    "components": 6,
    "pipelines": 7,
}

FOUNDATION = {"argosy.artifacts", "argosy.fs", "argosy.errors", "argosy.user_code", "argosy.pointer", "argosy.page"}
"""Row 1 is one room: its files may use each other. So is row 5, the surface."""

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""(importing area, imported area) -> the reason why this neighbour may be seen."""

DOORS = {
    "kfp": ("components/", "pipelines/", "argosy/components.py", "argosy/cli/compile.py", "argosy/cli/kfp_client.py"),
    "apache_beam": (
        "argosy/examples/beam.py",
        "argosy/accumulate/combine.py",
        "argosy/ingest/beam.py",
        "argosy/data_validation/beam.py",
        "argosy/transform/beam.py",
        "argosy/model_analysis/",
    ),
    "tensorflow": ("argosy/saved_model/", "argosy/transform/", "argosy/training/", "argosy/serving/", "pipelines/"),
    "keras": ("argosy/training/", "pipelines/"),
    "tensorflow_serving": ("argosy/serving/", "argosy/saved_model/"),
    "ml_metadata": (
        "argosy/metadata/convert.py",
        "argosy/metadata/database.py",
        "argosy/metadata/mlmd.py",
    ),
    "grpc": (
        "argosy/metadata/server.py",
        "argosy/metadata/server_handlers.py",
        "argosy/metadata/service_client.py",
        "argosy/serving/",
    ),
    "docker": ("argosy/runner/",),
    "sqlalchemy": ("argosy/ingest/sql.py",),
    "kubernetes": ("argosy/cli/argo_client.py",),
}

PROTO_FILES = ("convert.py", "text.py")
"""The names of files that may touch a generated proto module."""

PROTO_AREAS = (
    "argosy/serving/",
    "argosy/saved_model/",
    "argosy/metadata/database.py",
    "argosy/metadata/mlmd.py",
    "argosy/model_analysis/",
    "pipelines/",
)
"""Areas whose wire is a proto of TensorFlow, TF Serving or MLMD."""


def sources() -> list[Path]:
    return sorted(file for area in ("argosy", "components", "pipelines") for file in (ROOT / area).rglob("*.py"))


def imported(file: Path) -> set[str]:
    """Every module that the file imports, at any depth in it, `from x import y` as both x and x.y."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def area(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] == "argosy":
        return ".".join(parts[:2]) if len(parts) > 1 and ".".join(parts[:2]) in LAYERS else None
    return parts[0] if parts[0] in LAYERS else None


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_go_down(file: Path) -> None:
    own = area(module_of(file))
    if file == ROOT / "argosy/__init__.py":
        assert not imported(file), "argosy/__init__.py imports nothing"
        return
    assert own is not None, f"{file} is in no layer: add its area to LAYERS"
    if own == "pipelines":
        return
    for name in sorted(imported(file)):
        other = area(name)
        if other is None or other == own or (own, other) in EXCEPTIONS:
            continue
        same_room = {own, other} <= FOUNDATION or LAYERS[own] == LAYERS[other] == 5
        assert LAYERS[other] < LAYERS[own] or same_room, f"{own} imports {other}: not below it"


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_heavy_dependencies_come_through_their_doors(file: Path) -> None:
    path = str(file.relative_to(ROOT))
    for name in sorted({module.split(".")[0] for module in imported(file)} & set(DOORS)):
        assert path.startswith(DOORS[name]), f"{path} imports {name}; its doors are {DOORS[name]}"


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_protos_stay_in_the_converters(file: Path) -> None:
    protos = [name for name in imported(file) if name.startswith("tensorflow_metadata") or name.endswith("_pb2")]
    allowed = file.name in PROTO_FILES or str(file.relative_to(ROOT)).startswith(PROTO_AREAS)
    assert not protos or allowed, f"{file} touches {protos}"


def test_every_door_is_used() -> None:
    used = {(str(file.relative_to(ROOT)), name.split(".")[0]) for file in sources() for name in imported(file)}
    for name, doors in DOORS.items():
        for door in doors:
            if not (ROOT / door).exists():
                continue
            assert any(path.startswith(door) and module == name for path, module in used), f"{door} needs no {name}"
