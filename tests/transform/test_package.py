"""The package as users import it."""

import subprocess
import sys

import pytest

import argosy.transform as tft


def test_importing_it_imports_neither_tensorflow_nor_beam():
    code = (
        "import sys, argosy.transform, argosy.transform.executor;"
        "print([m for m in ('tensorflow', 'apache_beam', 'kfp') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


@pytest.mark.tf
def test_every_public_name_is_there():
    assert [name for name in tft.__all__ if not callable(getattr(tft, name))] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"scale_to_zscore"):
        tft.scale_to_zscore  # noqa: B018
