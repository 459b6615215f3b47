"""What each area shows is one list: `__all__`, sorted, and all of it there."""

import importlib

import pytest

AREAS = (
    "accumulate", "data_validation", "examples", "ingest", "metadata", "model_analysis", "plan", "runner",
    "saved_model", "schema", "serving", "training", "transform",
)  # fmt: skip


@pytest.mark.parametrize("area", AREAS)
def test_all_is_sorted_and_documented(area: str) -> None:
    module = importlib.import_module(f"argosy.{area}")
    assert list(module.__all__) == sorted(module.__all__)
    assert module.__doc__
    assert len(module.__doc__.splitlines()) >= 3, "an area opens with a synopsis"


@pytest.mark.tf
@pytest.mark.parametrize("area", AREAS)
def test_everything_in_all_is_there(area: str) -> None:
    module = importlib.import_module(f"argosy.{area}")
    for name in module.__all__:
        assert getattr(module, name) is not None
