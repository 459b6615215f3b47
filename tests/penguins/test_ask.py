import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.tf

FILE = Path(__file__).parent.parent.parent / "pipelines" / "penguins" / "ask.py"


def test_without_a_published_model_it_says_what_to_look_at(tmp_path, capsys):
    spec = importlib.util.spec_from_file_location("penguins_ask", FILE)
    assert spec is not None
    assert spec.loader is not None
    ask = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(ask)
    assert ask.main(["--root", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(
        f"ask: {tmp_path}/models/penguins holds no model: none was pushed; `argosy"
    )
