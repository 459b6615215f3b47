"""The shell and the parts of a report page: one HTML file, no network, light and dark, for eyes, keys, readers.

    html = page("Statistics", section("train", "Split train", table("Features", [Column(label="Name")], [["age"]])))

Every text that is not already `Html` is escaped where it is put in, so that a feature's name cannot become markup.
"""

import dataclasses
import html
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
    """A cell with a tone: `bad` and `warn` draw the eye. The words must say it too, not the colour alone."""

    content: Content
    tone: Tone = ""


def page(title: str, body: Html, *, subtitle: str = "", links: Sequence[tuple[str, str]] = ()) -> str:
    """Returns a whole HTML document.

    Args:
        title: The heading and the window's title.
        body: The sections.
        subtitle: One line under the heading.
        links: (section id, label) pairs: the page's table of contents.
    """
    css = Path(__file__).with_name("page.css").read_text()
    items = "".join(f'<li><a href="#{markup(target)}">{markup(label)}</a></li>' for target, label in links)
    navigation = f'<nav aria-label="Sections"><ul>{items}</ul></nav>' if items else ""
    # The policy makes the browser itself refuse any request, whatever a value in the page may contain.
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{markup(title)} · Argosy</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">Skip to the content</a>\n'
        f'<header class="page"><p class="mark">Argosy</p><h1>{markup(title)}</h1>'
        f'<p class="subtitle">{markup(subtitle)}</p>{navigation}</header>\n'
        f'<main id="content">\n{body.text}\n</main>\n</body>\n</html>\n'
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


def table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell | Content]]) -> Html:
    """Returns a table; the first cell of each row is its heading. Too wide, it scrolls sideways by itself."""
    head = "".join(_heading(column) for column in columns)
    body = "\n".join(f"<tr>{_cells(row, columns)}</tr>" for row in rows)
    return Html(
        f'<div class="scroll" role="region" tabindex="0" aria-label="{markup(caption)}"><table>'
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
    heights: Sequence[float], *, label: str, width: int = 132, height: int = 30, second: bool = False
) -> Html:
    """Returns a sparkline of bars as inline SVG; the label is what a screen reader says and a pointer shows.

    Bars that are not zero are at least one pixel high. Without any mass it is an empty axis.
    """
    finite = [h if math.isfinite(h) and h > 0 else 0.0 for h in heights]
    peak, room = max(finite, default=0.0), height - 1
    step = width / max(len(finite), 1)
    bars = "".join(
        f'<rect class="bar{"-2" if second else ""}" x="{index * step + 0.5:.1f}" y="{room - size:.1f}" '
        f'width="{max(step - 1, 1):.1f}" height="{size:.1f}" rx="0.8"/>'
        for index, value in enumerate(finite)
        if value and (size := max(value / peak * (room - 1), 1.0))
    )
    axis = f'<line class="axis" x1="0" y1="{room + 0.5}" x2="{width}" y2="{room + 0.5}"/>'
    return _svg(axis + bars, label=label, width=width, height=height)


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


def _cells(row: Sequence[Cell | Content], columns: Sequence[Column]) -> str:
    pairs = zip(row, columns, strict=True)
    return "".join(_cell(cell, column, first=index == 0) for index, (cell, column) in enumerate(pairs))


def _cell(cell: Cell | Content, column: Column, *, first: bool) -> str:
    content, tone = (cell.content, cell.tone) if isinstance(cell, Cell) else (cell, "")
    if first:
        return f'<th scope="row">{markup(content)}</th>'
    classes = " ".join(name for name in ("num" if column.numeric else "", tone) if name)
    return f'<td class="{classes}">{markup(content)}</td>' if classes else f"<td>{markup(content)}</td>"


def _svg(shapes: str, *, label: str, width: int, height: int) -> Html:
    return Html(
        f'<svg class="chart" role="img" aria-label="{html.escape(label)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><title>{html.escape(label)}</title>{shapes}</svg>'
    )
