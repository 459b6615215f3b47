"""What an image layer loses before it is kept."""

import importlib.util
from pathlib import Path

FILE = Path(__file__).parents[2] / "images" / "layers" / "install.py"


def test_tests_headers_and_sources_go_and_the_rest_stays(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("argosy_layer_install", FILE)
    assert spec is not None
    assert spec.loader is not None
    install = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(install)
    kept = [
        "google/protobuf/any.proto",
        "numpy/__init__.py",
        "numpy/testing/__init__.py",
        "nvidia/cuda_nvcc/bin/ptxas",
        "pyarrow/_substrait.so",
        "pyarrow/libarrow.so.2500",
        "tensorflow/_api/v2/test/__init__.py",
        "x-1.dist-info/METADATA",
    ]
    lost = [
        "a/b.pyi",
        "a/c.pyx",
        "bin/tool",
        "numpy/core/tests/data/tests/x.h",
        "numpy/tests/test_a.py",
        "nvidia/x/include/c.cuh",
        "pyarrow/include/a.h",
        "pyarrow/libarrow_flight.so.2500",
        "tensorflow/include/a/b.h",
        "x-1.dist-info/RECORD",
    ]
    for name in kept + lost:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    gone = list(install.unused(tmp_path))
    assert len(gone) == len(set(gone))

    def is_lost(name: str) -> bool:
        return any(path == tmp_path / name or path in (tmp_path / name).parents for path in gone)

    assert [name for name in kept + lost if is_lost(name)] == lost
