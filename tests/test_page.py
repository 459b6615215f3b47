import re
from html.parser import HTMLParser

from argosy.page import Cell, Column, Html, badge, bar_chart, line_chart, notice, page, section, table, tiles

VOID = {"meta"}


class Checker(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.targets, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.targets += [attributes["href"]] if "href" in attributes else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """An element of SVG that closes itself opens nothing."""

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def build():
    nasty = '<script>alert("x")</script>'
    rows: list[list[Cell | Html | str]] = [[nasty, Cell(content="5 %", tone="bad")], ["b", Html("<code>1</code>")]]
    body = section(
        "train",
        "Split <train>",
        tiles([("rows", "3")]),
        notice("all <well>", "good"),
        table("Features of <train>", [Column(label="Name"), Column(label="n", numeric=True, help='"count"')], rows),
        bar_chart([0, 1.0, float("nan"), 1e-9], label='"bars"'),
        line_chart([(0, 0), (1, 1)], label="line"),
        badge("ok", "good"),
    )
    return page("Statistics & more", body, subtitle="a<b", links=[("train", "Train <1>")])


def test_the_page_is_balanced_and_its_links_lead_somewhere():
    checker = Checker()
    checker.feed(build())
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert {target.removeprefix("#") for target in checker.targets} <= set(checker.ids)


def test_nothing_from_outside_becomes_markup_or_a_request():
    html = build()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"https?://|url\(|@import|\bsrc=", html)
    assert "default-src 'none'" in html


def test_tables_have_captions_and_headings_and_charts_have_words():
    html = build()
    assert html.count("<caption>") == html.count("<table>") == 1
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 2
    assert len(re.findall(r'<svg [^>]*role="img"[^>]*><title>[^<]+</title>', html)) == html.count("<svg") == 2


def test_small_bars_stay_visible_and_none_is_drawn_for_nothing():
    svg = bar_chart([0, 1.0, 1e-9, float("nan")], label="x").text
    heights = [float(height) for height in re.findall(r"v-([\d.]+)h", svg)]
    assert len(heights) == 2
    assert min(heights) >= 1


def test_both_colour_schemes_define_the_same_names():
    css = build().partition("<style>")[2].partition("</style>")[0]
    light, dark = (set(re.findall(r"(--[\w-]+):", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S))
    assert light == dark
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= light
