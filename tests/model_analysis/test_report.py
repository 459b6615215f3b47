"""The report of an evaluation, in a browser."""

import html
import re
import shutil
import subprocess

import pytest

from argosy.model_analysis import EvalData, evaluation_html, parse_eval_config, run_model_analysis

pytestmark = [pytest.mark.beam, pytest.mark.tf]

EVIL = "<script>alert(1)</script>"
CONFIG = """
model_specs: [{label_key: species}]
slicing_specs: [{feature_keys: [island]}, {feature_keys: [sex, year]}]
metrics_specs:
- metrics:
  - {class_name: SparseCategoricalAccuracy, threshold: {value_threshold: {lower_bound: 0.77}}}
  - {class_name: SparseCategoricalCrossentropy}
  - {class_name: MultiClassConfusionMatrixPlot}
- binarize: {class_ids: [0, 1, 2]}
  aggregate: {macro_average: true}
  metrics: [AUC, AUCPrecisionRecall, Precision, Recall, Calibration, ConfusionMatrixPlot, CalibrationPlot]
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory, echo_model, write_rows, penguins):
    folder = tmp_path_factory.mktemp("report")
    rows = {**penguins, "island": [EVIL if island == "Dream" else island for island in penguins["island"]]}
    data = EvalData(path=write_rows(folder / "examples", rows))
    classes = ("Adelie", "Chinstrap", "Gentoo")
    run_model_analysis(echo_model(3, classes), parse_eval_config(CONFIG), data, str(folder / "evaluation"))
    file = folder / "page.html"
    file.write_text(evaluation_html(str(folder / "evaluation")), encoding="utf-8")
    return file


@pytest.fixture
def chromium():
    """Asks a headless Chromium: `chromium(file, *options)` gives the finished process."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs a Chromium on the PATH")

    def ask(file, *options):
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
                   "--enable-logging=stderr", *options, file.as_uri()]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    return ask


def test_the_verdict_lists_every_threshold_with_slice_value_and_bound(page) -> None:
    text = page.read_text(encoding="utf-8")
    verdict = text[text.index('<section id="verdict"') : text.index('<section id="overall"')]
    rows = re.findall(r"<tr><th scope=.row.>(.*?)</th>(.*?)</tr>", verdict)
    cells = [re.findall(r"<td.*?>(.*?)</td>", cells) for _, cells in rows]
    assert len(rows) == 10
    assert {re.sub("<.*?>", "", name) for name, _ in rows} == {"sparse_categorical_accuracy"}
    assert {bound for *_, bound in cells} == {"at least 0.77"}
    outcomes = [re.sub("<.*?>", "", outcome) for _, outcome, _, _ in cells]
    assert outcomes == ["not met" if float(value) < 0.77 else "met" for *_, value, _ in cells]
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {"met", "not met"}
    assert f"{outcomes.count('not met')} of 10 thresholds are not met" in verdict


def test_values_of_the_data_cannot_become_markup(page) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert html.escape(EVIL) in text.replace("<wbr>", "")


@pytest.mark.browser
def test_a_browser_opens_the_page_without_a_complaint(page, chromium) -> None:
    done = chromium(page, "--dump-dom")
    assert "CONSOLE" not in done.stderr
    assert done.stdout.count("<table") == page.read_text(encoding="utf-8").count("<table")
    assert "<script" not in done.stdout


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1200])
def test_nothing_but_tables_is_wider_than_the_window(page, chromium, tmp_path, width) -> None:
    measure = (
        "<script>onload = () => { const d = frames[0].document; document.title = "
        "[d.documentElement.scrollWidth, "
        "...[...d.querySelectorAll('.scroll')].map(t => t.scrollWidth - t.clientWidth)] }</script>"
    )
    frame = tmp_path / "frame.html"
    frame.write_text(f'{measure}<iframe src="{page.as_uri()}" style="width:{width}px;height:900px;border:0"></iframe>')
    done = chromium(frame, "--dump-dom", "--allow-file-access-from-files", "--window-size=1400,1000")
    found = re.search(r"<title>([\d,]+)</title>", done.stdout)
    assert found is not None, done.stdout
    document, *hidden = (int(part) for part in found[1].split(","))
    assert document <= width
    if width == 1200:
        assert not any(hidden), "a table has to be scrolled sideways"
