import subprocess
import sys

import pytest

from argosy.errors import ParameterError, ServerError
from argosy.serving.client import model_status, predict, wait_available


def test_no_server_and_no_address():
    with pytest.raises(ServerError, match="no answer from the model server"):
        predict("http://127.0.0.1:1", "m", [1.0], timeout=1)
    with pytest.raises(ParameterError, match="http://host:8501"):
        model_status("127.0.0.1:8501", "m")


def test_waiting_ends_and_names_the_server_and_its_last_state():
    with pytest.raises(ServerError, match=r"http://127.0.0.1:1: model m version 3 .*last state: no answer"):
        wait_available("http://127.0.0.1:1", "m", 3, timeout=0.3, poll_seconds=0.1)


def test_the_thin_client_imports_no_tensorflow():
    code = "import sys, argosy.serving.client, argosy.serving.executor; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
