"""The user's run_fn: found, called, and its failures told by file and line of the user's own code."""

import logging
import numbers
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from argosy.errors import ArgosyError, ParameterError, UserCodeError
from argosy.training.fn_args import FnArgs
from argosy.user_code import is_inline, load_module, load_text, user_function

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


def load_run_fn(module_file: str, run_fn: str) -> tuple[Callable[[FnArgs], Any], str]:
    """Returns run_fn and the name of the file that it stands in, for messages.

    Args:
        module_file: A Python file, inlined or a path, or a module's name; it has to define `run_fn`.
        run_fn: Instead of it: package.module.function.

    Raises:
        ParameterError: Not exactly one of the two is given.
        UserCodeError: There is no such function.
    """
    if bool(module_file) == bool(run_fn):
        found = "both" if run_fn else "neither"
        raise ParameterError(f"give either module_file or run_fn; found {found}")
    if run_fn:
        module_name, _, function_name = run_fn.rpartition(".")
        if not module_name:
            raise ParameterError(f"run_fn has to be package.module.function, found {run_fn!r}")
        module = load_module(module_name)
        file = Path(module.__file__ or module_name).name
        return user_function(module, function_name, file=file), file
    is_text = is_inline(module_file) or "\n" in module_file or module_file.endswith(".py")
    file = load_text(module_file)[0] if is_text else module_file
    return user_function(load_module(module_file), "run_fn", file=file), file


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
