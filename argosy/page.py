"""The shell and the parts of a report page: one HTML file, no network, light and dark, for eyes, keys, readers.

    html = page("Statistics", section("train", "Split train", table("Features", [Column(label="Name")], [["age"]])))

Every text that is not already `Html` is escaped where it is put in, so that a feature's name cannot become markup.
"""

import base64
import dataclasses
import hashlib
import html
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

Tone = Literal["", "good", "warn", "bad", "soft"]


@dataclasses.dataclass(frozen=True)
class Html:
    """Text that is markup already and is put into a page as it is."""

    text: str


Content = Html | str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table; numeric ones are set flush right. The help is shown on the heading."""

    label: str
    numeric: bool = False
    help: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell with a tone: `bad` and `warn` draw the eye. The words must say it too, not the colour alone.

    `order` is what a table that can be sorted sorts it by; None: it has no value and comes last.
    """

    content: Content
    tone: Tone = ""
    order: float | str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a table that can be searched.

    Attributes:
        cells: The first is the row's heading.
        tags: What the table's filters look for.
        more: What a press on the heading shows below the row.
        anchor: The row's id.
    """

    cells: Sequence[Cell | Content]
    tags: Sequence[str] = ()
    more: Html | None = None
    anchor: str = ""


def page(
    title: str, body: Html, *, subtitle: str = "", links: Sequence[tuple[str, str]] = (), script: bool = False
) -> str:
    """Returns a whole HTML document.

    Args:
        title: The heading and the window's title.
        body: The sections.
        subtitle: One line under the heading.
        links: (section id, label) pairs: the page's table of contents.
        script: Whether it has a table that can be searched; without, no script runs in it.
    """
    css = Path(__file__).with_name("page.css").read_text()
    code = Path(__file__).with_name("page.js").read_text() if script else ""
    items = "".join(f'<li><a href="#{markup(target)}">{markup(label)}</a></li>' for target, label in links)
    navigation = f'<nav aria-label="Sections"><ul>{items}</ul></nav>' if items else ""
    # The policy makes the browser itself refuse any request, whatever a value in the page may contain.
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    if script:
        policy += f"; script-src 'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{markup(title)} · Argosy</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">Skip to the content</a>\n'
        f'<header class="page"><p class="mark">Argosy</p><h1>{markup(title)}</h1>'
        f'<p class="subtitle">{markup(subtitle)}</p>{navigation}</header>\n'
        f'<main id="content">\n{body.text}\n</main>\n{f"<script>{code}</script>" if script else ""}</body>\n</html>\n'
    )


def framed(document: str, *, height: int = 640) -> str:
    """Returns a document as a frame for a notebook's cell, where its style touches nothing else."""
    return (
        f'<iframe srcdoc="{html.escape(document)}" sandbox="allow-scripts" title="Argosy report" '
        f'style="width: 100%; height: {height}px; border: 0"></iframe>'
    )


def markup(content: Content) -> str:
    """Returns the content as HTML: escaped, unless it is `Html` already.

    >>> markup("a < b"), markup(Html("<b>a</b>"))
    ('a &lt; b', '<b>a</b>')
    """
    return content.text if isinstance(content, Html) else html.escape(content)


def joined(*parts: Content) -> Html:
    """Returns the parts one after the other."""
    return Html("\n".join(markup(part) for part in parts))


def section(anchor: str, heading: str, *parts: Content) -> Html:
    """Returns a titled card; `anchor` is its id."""
    anchor = html.escape(anchor)
    body = "\n".join(markup(part) for part in parts)
    return Html(
        f'<section id="{anchor}" aria-labelledby="{anchor}-h"><h2 id="{anchor}-h">{markup(heading)}</h2>'
        f"{body}</section>"
    )


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Row | Sequence[Cell | Content]],
    *,
    find: str = "",
    filters: Sequence[tuple[str, str]] = (),
) -> Html:
    """Returns a table; the first cell of each row is its heading. Too wide, it scrolls sideways by itself.

    Args:
        caption: What it shows.
        columns: Its headings.
        rows: Cells, as many as there are columns.
        find: What its search field asks for; where given, the table can also be sorted, and its page needs the script.
        filters: (tag, label) pairs: a button each, which leaves the rows with that tag.
    """
    head = "".join(_heading(column) for column in columns)
    body = "\n".join(_row(row if isinstance(row, Row) else Row(cells=row), columns) for row in rows)
    attributes = f' data-find="{html.escape(find)}" data-filters="{html.escape(json.dumps(filters))}"' if find else ""
    return Html(
        f'<div class="scroll" role="region" tabindex="0" aria-label="{markup(caption)}"><table{attributes}>'
        f"<caption>{markup(caption)}</caption><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def tiles(figures: Sequence[tuple[str, Content]]) -> Html:
    """Returns a row of key figures, as (label, value) pairs."""
    items = "".join(f"<div><dt>{markup(label)}</dt><dd>{markup(value)}</dd></div>" for label, value in figures)
    return Html(f'<dl class="tiles">{items}</dl>')


def badge(text: str, tone: Tone = "") -> Html:
    """Returns a small label."""
    return Html(f'<span class="badge {tone}">{markup(text)}</span>')


def notice(text: Content, tone: Tone = "") -> Html:
    """Returns a paragraph that stands out."""
    return Html(f'<p class="notice {tone}">{markup(text)}</p>')


def paragraph(text: Content) -> Html:
    """Returns a paragraph."""
    return Html(f"<p>{markup(text)}</p>")


def bar_chart(
    heights: Sequence[float],
    *,
    label: str,
    spans: Sequence[tuple[float, float]] | None = None,
    width: int = 132,
    height: int = 30,
    tone: str = "bar",
) -> Html:
    """Returns a sparkline of bars as inline SVG; the label is what a screen reader says and a pointer shows.

    Bars that are not zero are at least one pixel high. Without any mass it is an empty axis.

    Args:
        heights: One a bar.
        label: What it shows, in words.
        spans: From where to where each bar goes, as fractions of the width; None: bars of equal width side by side.
        width: In pixels.
        height: In pixels.
        tone: The class that colours the bars.
    """
    finite = [h if math.isfinite(h) and h > 0 else 0.0 for h in heights]
    peak, room = max(finite, default=0.0), height - 1
    step = 1 / max(len(finite), 1)
    spans = spans or [(index * step, (index + 1) * step) for index in range(len(finite))]
    bars = "".join(
        f"M{start * width + 0.5:.1f} {room}v{-size:.1f}h{max((end - start) * width - 1, 1):.1f}v{size:.1f}z"
        for value, (start, end) in zip(finite, spans, strict=True)
        if value and (size := max(value / peak * (room - 1), 1.0))
    )
    axis = f'<line class="axis" x1="0" y1="{room + 0.5}" x2="{width}" y2="{room + 0.5}"/>'
    return _svg(f'{axis}<path class="{tone}" d="{bars}"/>', label=label, width=width, height=height)


def line_chart(
    points: Sequence[tuple[float, float]],
    *,
    label: str,
    x_range: tuple[float, float] = (0.0, 1.0),
    y_range: tuple[float, float] = (0.0, 1.0),
    width: int = 260,
    height: int = 200,
) -> Html:
    """Returns a line through the (x, y) points with the ends of both ranges written at the axes, as inline SVG."""
    left, bottom, top, right = 34.0, height - 18.0, 8.0, width - 8.0

    def place(value: float, limits: tuple[float, float], start: float, end: float) -> float:
        return start + (value - limits[0]) / ((limits[1] - limits[0]) or 1.0) * (end - start)

    path = " ".join(
        f"{place(x, x_range, left, right):.1f},{place(y, y_range, bottom, top):.1f}"
        for x, y in points
        if math.isfinite(x) and math.isfinite(y)
    )
    axes = (
        f'<path class="axis" fill="none" d="M{left} {top}V{bottom}H{right}"/>'
        f'<text x="{left - 4}" y="{bottom}" text-anchor="end">{number(y_range[0])}</text>'
        f'<text x="{left - 4}" y="{top + 8}" text-anchor="end">{number(y_range[1])}</text>'
        f'<text x="{left}" y="{bottom + 13}">{number(x_range[0])}</text>'
        f'<text x="{right}" y="{bottom + 13}" text-anchor="end">{number(x_range[1])}</text>'
    )
    return _svg(f'{axes}<polyline class="line" points="{path}"/>', label=label, width=width, height=height)


def number(value: float) -> str:
    """Returns a number for people: whole ones with thousands apart, others with four significant digits.

    >>> number(1234567), number(0.123456), number(float("nan")), number(2.0), number(1e12)
    ('1,234,567', '0.1235', 'NaN', '2', '1e+12')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if float(value).is_integer() and abs(value) < 1e12:
        return f"{int(value):,}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def percent(fraction: float) -> str:
    """Returns a fraction as a percentage that is never rounded to 0 or 100 when it is not.

    >>> percent(0.5), percent(0.0), percent(0.00001), percent(0.99999), percent(1.0)
    ('50%', '0%', '<0.1%', '>99.9%', '100%')
    """
    if math.isnan(fraction):
        return "NaN"
    if 0 < fraction < 0.001:
        return "<0.1%"
    if 0.999 < fraction < 1:
        return ">99.9%"
    return f"{fraction * 100:.1f}".rstrip("0").rstrip(".") + "%"


def _heading(column: Column) -> str:
    attributes = ' class="num"' if column.numeric else ""
    attributes += f' title="{html.escape(column.help)}"' if column.help else ""
    # Names of metrics are long words: let them break where a person would.
    return f'<th scope="col"{attributes}>{markup(column.label).replace("_", "_<wbr>")}</th>'


def _row(row: Row, columns: Sequence[Column]) -> str:
    attributes = f' id="{html.escape(row.anchor)}"' if row.anchor else ""
    attributes += f' data-tags="{html.escape(" ".join(row.tags))}"' if row.tags else ""
    pairs = zip(row.cells, columns, strict=True)
    cells = "".join(_cell(cell, column, first=index == 0) for index, (cell, column) in enumerate(pairs))
    more = f'<tr class="more"><td colspan="{len(columns)}">{row.more.text}</td></tr>' if row.more else ""
    return f"<tr{attributes}>{cells}</tr>{more}"


def _cell(cell: Cell | Content, column: Column, *, first: bool) -> str:
    cell = cell if isinstance(cell, Cell) else Cell(content=cell)
    order = "" if cell.order is None else f' data-order="{html.escape(str(cell.order))}"'
    if first:
        return f'<th scope="row"{order}>{markup(cell.content)}</th>'
    classes = " ".join(name for name in ("num" if column.numeric else "", cell.tone) if name)
    shown = f' class="{classes}"' if classes else ""
    return f"<td{shown}{order}>{markup(cell.content)}</td>"


def _svg(shapes: str, *, label: str, width: int, height: int) -> Html:
    return Html(
        f'<svg class="chart" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><title>{html.escape(label)}</title>{shapes}</svg>'
    )
