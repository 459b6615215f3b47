"""The user's run_fn: called, and its failures told by file and line of the user's own code."""

import logging
import numbers
from collections.abc import Callable, Mapping
from typing import Any

from argosy.errors import ArgosyError, UserCodeError
from argosy.training.fn_args import FnArgs
from argosy.user_code import raised_at

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
        raise UserCodeError(
            f"{raised_at(error, function, file)}: run_fn raised {type(error).__name__}: {error}"
        ) from error
    if not isinstance(reported, Mapping):
        return {}
    return {str(name): _number(str(name), value, file) for name, value in reported.items()}


def _number(name: str, value: Any, file: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise UserCodeError(
            f"{file}: run_fn returned {name!r} as {type(value).__name__}; what it returns are numbers by name, or None"
        )
    return float(value)
