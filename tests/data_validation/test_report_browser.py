"""The reports in a real browser, driven as a person would: searched, sorted, opened, with the network cut."""

import itertools
import json
import shutil
import subprocess
import time

import pyarrow as pa
import pytest
import websocket

from argosy.data_validation import Anomalies, generate_statistics, infer_schema, validate_statistics
from argosy.data_validation.report import anomalies_page, statistics_page
from argosy.page import framed

pytestmark = pytest.mark.browser


class Browser:
    """A headless Chromium at one page; `complaints` are what its console said."""

    def __init__(self, folder):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            pytest.skip("needs a Chromium on the PATH")
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
                   "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = folder / "DevToolsActivePort"
        deadline = time.monotonic() + 60
        while not port.exists() or len(port.read_text().split()) < 2:
            assert time.monotonic() < deadline, "the browser did not start"
            time.sleep(0.05)
        number, path = port.read_text().split()
        self.numbers, self.complaints, self.session = itertools.count(1), [], None
        self.socket = websocket.create_connection(f"ws://127.0.0.1:{number}{path}", suppress_origin=True, timeout=60)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        number = next(self.numbers)
        session = {"sessionId": self.session} if self.session else {}
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters, **session}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                self.complaints.append(message["params"])
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def open(self, html, file):
        file.write_text(html, encoding="utf-8")
        self.call("Page.navigate", url=file.as_uri())
        self.until("document.readyState === 'complete' && location.protocol === 'file:'")

    def ask(self, expression):
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, expression):
        deadline = time.monotonic() + 30
        while not self.ask(expression):
            assert time.monotonic() < deadline, expression
            time.sleep(0.05)

    def type(self, text):
        for key in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def press(self, selector):
        """Presses a button from the keyboard."""
        self.ask(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call(
            "Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r"
        )
        self.call("Input.dispatchKeyEvent", type="keyUp", key="Enter", code="Enter", windowsVirtualKeyCode=13)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    found = Browser(tmp_path_factory.mktemp("browser"))
    yield found
    found.socket.close()
    found.process.terminate()
    found.process.wait(30)


@pytest.fixture
def browser(chromium):
    chromium.complaints.clear()
    yield chromium
    assert chromium.complaints == []


def numbers(*values):
    return pa.array([None if value is None else [value] for value in values], pa.list_(pa.float32()))


def statistics(**columns):
    return generate_statistics([pa.record_batch(columns)])


NAMES = """
    [...document.querySelectorAll("#numeric tbody tr:not(.more)")].filter(row => !row.hidden)
        .map(row => row.cells[0].innerText.trim().split(/\\s/)[0])
"""
"""The features that the table of numbers shows, in its order."""


@pytest.fixture
def two():
    return {
        "train": statistics(age=numbers(1, 2, 3), fare=numbers(0, 0, 9), empty=numbers(None, None, 5)),
        "eval": statistics(age=numbers(1, 2, 3), fare=numbers(70, 80, 90), empty=numbers(5, 5, 5)),
    }


def test_a_table_is_searched_filtered_sorted_and_opened_by_the_keyboard(browser, two, tmp_path):
    browser.open(statistics_page(two), tmp_path / "page.html")
    browser.type("/far")
    assert browser.ask(NAMES) == ["fare"]
    assert browser.ask("document.querySelector('output').textContent") == "1 of 3"
    browser.ask(
        "document.querySelector('input').value = ''; document.querySelector('input').dispatchEvent(new Event('input'))"
    )

    browser.press("[data-tag=missing]")
    assert browser.ask(NAMES) == ["empty"]
    assert browser.ask("document.querySelector('[data-tag=missing]').getAttribute('aria-pressed')") == "true"
    browser.press("[data-tag=missing]")

    by = "document.querySelectorAll('button.sort')[{}].parentElement"
    difference = browser.ask(
        "[...document.querySelectorAll('button.sort')].findIndex(b => b.innerText === 'Difference')"
    )
    browser.ask(by.format(difference) + ".querySelector('button').click()")
    assert browser.ask(NAMES)[0] == "fare"
    assert browser.ask(by.format(difference) + ".getAttribute('aria-sort')") == "descending"
    browser.ask(by.format(0) + ".querySelector('button').click()")
    assert browser.ask(NAMES) == ["age", "empty", "fare"]

    assert browser.ask("document.querySelectorAll('tr.more:not([hidden])').length") == 0
    browser.press("button.open")
    assert "Rows with it" in browser.ask("document.querySelector('tr.more:not([hidden])').innerText")
    assert browser.ask("document.querySelector('button.open').getAttribute('aria-expanded')") == "true"


def test_anomalies_lie_beside_their_feature(browser, two, tmp_path):
    schema = infer_schema(two["eval"])
    found = {"train": validate_statistics(two["train"], schema)}
    browser.open(anomalies_page(found, statistics=two, schema=schema), tmp_path / "page.html")
    browser.ask("document.querySelector('#numeric [data-tag=anomaly], .find [data-tag=anomaly]').click()")
    assert browser.ask(NAMES)[-1] == "empty"
    browser.ask("document.querySelector('#numeric tbody tr:not([hidden]) button.open').click()")
    assert "FEATURE_TYPE_LOW_FRACTION_PRESENT" in browser.ask(
        "document.querySelector('tr.more:not([hidden])').innerText"
    )


def test_two_thousand_features_are_searched_at_once(browser, tmp_path):
    many = statistics(**{f"feature_{index:04d}": numbers(index, index + 1, None) for index in range(2000)})
    browser.open(statistics_page({"train": many}), tmp_path / "page.html")
    browser.type("/feature_1999")
    assert browser.ask(NAMES) == ["feature_1999"]


def test_a_long_table_begins_with_its_first_rows(browser, tmp_path):
    many = statistics(**{f"feature_{index:03d}": numbers(index) for index in range(150)})
    browser.open(statistics_page({"train": many}), tmp_path / "page.html")
    assert len(browser.ask(NAMES)) == 100
    browser.press("#numeric .rest")
    assert len(browser.ask(NAMES)) == 150
    assert browser.ask("document.querySelector('#numeric .rest').hidden") is True


def test_values_of_the_data_stay_text(browser, tmp_path):
    evil = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    column = pa.array([[evil.encode()]], pa.list_(pa.binary()))
    browser.open(statistics_page({evil: statistics(**{evil: column})}), tmp_path / "page.html")
    assert browser.ask("document.querySelectorAll('img').length") == 0
    assert browser.ask("document.querySelectorAll('script').length") == 1


def test_a_page_works_in_a_notebooks_frame(browser, two, tmp_path):
    page = anomalies_page({"train": Anomalies()}, statistics=two)
    browser.open(f"<!doctype html><title>notebook</title>{framed(page)}", tmp_path / "notebook.html")
    assert browser.ask("document.querySelector('iframe').srcdoc.includes('Numeric features')") is True
