"""The user's run_fn: called, and its failures told by file and line of the user's own code."""

import logging
import numbers
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from argosy.errors import ArgosyError, UserCodeError
from argosy.training.fn_args import FnArgs

_log = logging.getLogger("argosy.training")


def call_run_fn(function: Callable[[FnArgs], Any], fn_args: FnArgs, *, file: str) -> dict[str, float]:
    """Calls run_fn and returns the numbers that it reported; an empty dict when it returned no dict.

    Raises:
        UserCodeError: It raised, or reported something that is no number.
    """
    try:
        reported = function(fn_args)
    except ArgosyError:
        raise
    except (Exception, SystemExit) as error:
        place = _place(error, function.__code__.co_filename, file) if hasattr(function, "__code__") else file
        raise UserCodeError(f"{place}: run_fn raised {type(error).__name__}: {error}") from error
    if not isinstance(reported, Mapping):
        return {}
    return {str(name): _number(str(name), value, file) for name, value in reported.items()}


def _place(error: BaseException, path: str, file: str) -> str:
    """Returns the innermost line of the user's file that the error passed through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    if not frames:
        return file
    return f"{file}, line {frames[-1].lineno}, in {frames[-1].name}"


def _number(name: str, value: Any, file: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise UserCodeError(
            f"{file}: run_fn returned {name!r} as {type(value).__name__}; what it returns are numbers by name, or None"
        )
    return float(value)
