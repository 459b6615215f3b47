"""The user's own Python and YAML, on its way from a file beside the pipeline into a container.

A parameter that names a local file is read when the pipeline is compiled; the text travels in the spec behind one
comment line that says which file it was and its digest:

    # argosy:file preprocessing.py sha256:9f2c...
    import argosy.transform as tft
    ...

At run time `load_module` and `load_text` take such a text, a local path, or (for modules) an importable module's name.
"""

import atexit
import hashlib
import importlib
import importlib.util
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from argosy.errors import ParameterError, UserCodeError, did_you_mean

MAX_INLINE_BYTES = 64_000
_HEADER = re.compile(r"# argosy:file (?P<name>\S+) sha256:(?P<digest>[0-9a-f]{64})\n")


def inline_file(path: Path) -> str:
    """Returns the file's text behind its header line, as it travels in a compiled spec.

    Raises:
        ParameterError: The file is not there, is not UTF-8, or is larger than 64 kB.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ParameterError(f"{path}: no such file; paths are relative to the pipeline's own file") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    if len(text.encode()) > MAX_INLINE_BYTES:
        raise ParameterError(
            f"{path}: {len(text.encode())} bytes; a file of at most {MAX_INLINE_BYTES} bytes travels in the spec. "
            "Put larger code into an installed package and give its module name."
        )
    name = re.sub(r"\s", "_", path.name)
    return f"# argosy:file {name} sha256:{hashlib.sha256(text.encode()).hexdigest()}\n{text}"


def is_inline(value: str) -> bool:
    """Whether the value is a file's text as `inline_file` made it."""
    return _HEADER.match(value) is not None


def load_text(value: str) -> tuple[str, str]:
    """Returns `(name, text)` of an inlined file or of a local path.

    Raises:
        ParameterError: It is neither, or the inlined text does not match its digest.
    """
    header = _HEADER.match(value)
    if header:
        text = value[header.end() :]
        if hashlib.sha256(text.encode()).hexdigest() != header["digest"]:
            raise ParameterError(
                f"{header['name']}: the text in the spec does not match its digest; compile the pipeline again"
            )
        return header["name"], text
    if "\n" not in value and Path(value).is_file():
        return Path(value).name, Path(value).read_text(encoding="utf-8")
    if "\n" in value:
        return "(inline)", value
    raise ParameterError(f"{value!r} is neither a file's text nor a file that is there")


def load_module(value: str) -> ModuleType:
    """Imports the user's module from an inlined text, a path ending in .py, or a dotted module name.

    Raises:
        ParameterError: There is no such file or module.
        UserCodeError: The module raised while it was imported.
    """
    if not is_inline(value) and "\n" not in value and not value.endswith(".py"):
        try:
            return importlib.import_module(value)
        except ModuleNotFoundError as error:
            raise ParameterError(
                f"module {value!r} cannot be imported ({error}); give a .py file beside the pipeline, or install it"
            ) from error
        except Exception as error:
            raise UserCodeError(f"module {value!r} raised on import: {type(error).__name__}: {error}") from error
    name, text = load_text(value)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    module_name = f"argosy_user_{re.sub(r'[^0-9a-zA-Z_]', '_', Path(name).stem)}_{digest}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    folder = Path(tempfile.mkdtemp(prefix="argosy-code-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"{module_name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[module_name]
        raise UserCodeError(f"{name} raised on import: {type(error).__name__}: {error}") from error
    return module


def user_function(module: ModuleType, name: str, *, file: str = "") -> Callable[..., Any]:
    """Returns the module's function of that name.

    Raises:
        UserCodeError: The module has no such function.
    """
    function = getattr(module, name, None)
    if not callable(function):
        functions = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise UserCodeError(f"{file or module.__name__} defines no function {name!r}; {did_you_mean(name, functions)}")
    return function
