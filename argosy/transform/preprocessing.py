"""The user's preprocessing_fn: its errors told with file and line."""

import contextlib
import functools
import inspect
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from argosy.errors import ArgosyError, UserCodeError, did_you_mean

NAME = "preprocessing_fn"


@contextlib.contextmanager
def user_errors(function: Callable[..., Any], file: str, features: Iterator[str] | Any = ()) -> Iterator[None]:
    """Turns what the function raises into a UserCodeError that names file and line and keeps the message.

    Args:
        function: The user's function.
        file: The name of its file for messages.
        features: The names of its inputs, for the hint on an unknown one.
    """
    try:
        yield
    except Exception as error:
        line = _line(error, _code_file(function))
        if line is None and not isinstance(error, ArgosyError):
            raise
        place = file if line is None else f"{file}, line {line}"
        raise UserCodeError(f"{place}, in {NAME}: {_message(error, list(features))}") from error


def _code_file(function: Callable[..., Any]) -> str:
    inner = function.func if isinstance(function, functools.partial) else function
    return str(inspect.unwrap(inner).__code__.co_filename)


def _line(error: Exception, file: str) -> int | None:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return frames[-1].lineno if frames else None


def _message(error: Exception, features: list[str]) -> str:
    kind = type(error).__name__
    if isinstance(error, ArgosyError):
        return _cause(error)
    if isinstance(error, KeyError) and error.args and error.args[0] not in features:
        return f"KeyError: {error.args[0]!r}; if an input is meant: {did_you_mean(str(error.args[0]), features)}"
    if isinstance(error, (TypeError, NotImplementedError, AttributeError)) and "symbolic" in str(error).lower():
        return (
            "the value of a tensor is not known while preprocessing_fn is traced, so it cannot decide Python's "
            f"if, while, for, bool(), int() or numpy calls; use tf.where or tf.cond ({kind}: {_cause(error)})"
        )
    return f"{kind}: {_cause(error)}"


def _cause(error: Exception) -> str:
    """Returns the first line of the error's text; of one out of a tf.function, which begins with a trace, the last."""
    lines = str(error).strip().split("\n")
    if lines[0] != "in user code:":
        return lines[0]
    return lines[-1].strip().removeprefix(f"{type(error).__name__}: ")
