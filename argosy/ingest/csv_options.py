"""How a CSV file is written: what `read_options` means for CSV."""

import csv
import dataclasses
from collections.abc import Mapping
from typing import Any

from argosy.errors import ParameterError, did_you_mean

NULL_TOKENS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")


@dataclasses.dataclass(frozen=True, kw_only=True)
class CsvOptions:
    """How a CSV file is written.

    Attributes:
        delimiter: Between two cells, one character.
        quote: Around a cell, one character, doubled inside; empty where cells are never quoted.
        names: Of the columns, for files without a header line; empty for files with one.
        null_tokens: What a missing cell holds, quoted or not.
    """

    delimiter: str = ","
    quote: str = '"'
    names: tuple[str, ...] = ()
    null_tokens: tuple[str, ...] = NULL_TOKENS

    @property
    def dialect(self) -> dict[str, Any]:
        """Delimiter and quote as Python's own reader takes them."""
        quote = {"quotechar": self.quote} if self.quote else {"quoting": csv.QUOTE_NONE}
        return {"delimiter": self.delimiter, **quote}


def csv_options(given: Mapping[str, Any]) -> CsvOptions:
    """Returns the options of `read_options`.

    Raises:
        ParameterError: A key is unknown, or a value is none that it can have.

    >>> csv_options({"delimiter": "tab", "null_tokens": ["", "-"]}).null_tokens
    ('', '-')
    """
    known = ("delimiter", "quote", "names", "null_tokens")
    for key in given:
        if key not in known:
            raise ParameterError(f"read_options: unknown key {key!r} for CSV; {did_you_mean(str(key), known)}")
    fields: dict[str, Any] = {}
    if "delimiter" in given:
        fields["delimiter"] = _character(given["delimiter"], "delimiter")
    if "quote" in given:
        fields["quote"] = given["quote"] if given["quote"] == "" else _character(given["quote"], "quote")
    for name in ("names", "null_tokens"):
        if name in given:
            fields[name] = _texts(given[name], name)
    options = CsvOptions(**fields)
    if options.delimiter == options.quote:
        raise ParameterError(f"read_options: delimiter and quote are both {options.quote!r}; they have to differ")
    return options


def _character(value: Any, name: str) -> str:
    value = "\t" if value == "tab" else value
    if not isinstance(value, str) or len(value) != 1 or not value.isascii() or value in "\r\n":
        raise ParameterError(f"read_options.{name}: expected one ASCII character, or 'tab', found {value!r}")
    return value


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise ParameterError(f"read_options.{name}: expected a list of texts, found {value!r}")
    return tuple(value)
