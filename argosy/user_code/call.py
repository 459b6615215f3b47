"""The user's function about to be called, and where in its file it has raised."""

import functools
import inspect
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from argosy.errors import UserCodeError


def with_custom_config(
    function: Callable[..., Any], custom_config: Mapping[str, Any], *, name: str, argument: str
) -> Callable[..., Any]:
    """Returns the function of its argument alone; custom_config is handed on only where the function declares it.

    Args:
        function: The user's.
        custom_config: What the step was given.
        name: What the function is called, for messages.
        argument: What it is given, for messages.

    Raises:
        UserCodeError: The function cannot be called so.
    """
    signature = inspect.signature(function)
    options = {"custom_config": dict(custom_config)} if "custom_config" in signature.parameters else {}
    try:
        signature.bind(None, **options)
    except TypeError as error:
        raise UserCodeError(
            f"{name}{signature} cannot be called with the {argument} alone ({error}); it has to be "
            f"{name}({argument}) or {name}({argument}, custom_config)"
        ) from error
    return functools.partial(function, **options)


def raised_at(error: BaseException, function: Callable[..., Any], file: str) -> str:
    """Returns the innermost line of the user's file that an error passed through, or the file where it is none of its.

    Args:
        error: What the function raised.
        function: The user's, or a `functools.partial` of it.
        file: The name of its file for messages.
    """
    inner = inspect.unwrap(function.func if isinstance(function, functools.partial) else function)
    path = inner.__code__.co_filename if hasattr(inner, "__code__") else ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"{file}, line {frames[-1].lineno}, in {frames[-1].name}" if frames else file
