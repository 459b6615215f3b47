"""Tables as plain text."""

from collections.abc import Sequence


def plain_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: Sequence[int] = ()) -> str:
    """Returns rows in columns as wide as their contents; columns in `numeric` are set flush right.

    >>> print(plain_table(["name", "n"], [["age", "12"], ["sex", "3"]], numeric=[1]))
    name   n
    ----  --
    age   12
    sex    3
    """
    lines = [list(headings), *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(headings))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.rjust(width) if index in numeric else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def printable(text: str) -> str:
    """Returns the text with control characters, which could command a terminal, written out."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
