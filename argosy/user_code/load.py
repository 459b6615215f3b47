"""What a step does with a parameter that holds or names the user's code: the text, the module, the function."""

import atexit
import contextlib
import functools
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

from argosy import fs
from argosy.errors import ParameterError, StorageError, UserCodeError, did_you_mean
from argosy.user_code.archive import MAX_BYTES, pack, top_names, unpack
from argosy.user_code.inline import is_inline, read_inline
from argosy.user_code.reference import Reference, existing_path, parse_reference


def load_text(value: str) -> tuple[str, str]:
    """Returns `(name, text)` of an inlined file, of a text, or of the file that a path or URI names.

    Raises:
        ParameterError: It is none of these, or does not match its digest.
        StorageError: The URI cannot be read.
    """
    if is_inline(value):
        return read_inline(value)
    reference = parse_reference(value)
    if reference is None:
        if "\n" in value or value.lstrip().startswith("{"):
            return "(inline)", value
        raise ParameterError(f"{value!r} is neither a file's text nor a file that is there")
    if reference.is_package:
        raise ParameterError(f"{reference.name} is an archive or a folder, where one file's text is needed; give that")
    try:
        return reference.name, file_bytes(reference).decode()
    except UnicodeDecodeError as error:
        raise ParameterError(f"{reference.address}: not UTF-8 text ({error.reason} at byte {error.start})") from error


def load_function(module_file: str, path: str, *, name: str) -> tuple[Callable[..., Any], str]:
    """Returns the user's function, and the name of its file for messages.

    Args:
        module_file: A Python file that defines `name`, as text, path or URI, or a module's name; or an archive or
            folder of packages; or empty.
        path: Of the function, as package.module.function: in the archive, or else where the step runs.
        name: What the function is called where nothing else is said; also the name of the parameter `path`.

    Raises:
        ParameterError: Not one of the two is given (or, with an archive, both), or what is given cannot be found.
        UserCodeError: The code raises when it is imported, or has no such function.
        StorageError: The code cannot be read.
    """
    reference = parse_reference(module_file)
    packages = reference if reference is not None and reference.is_package else None
    if packages and not path:
        raise ParameterError(
            f"module_file is {packages.name}, which holds packages; say which function is meant by {name}, "
            "as package.module.function"
        )
    if bool(module_file) == bool(path) and not packages:
        if not path:
            raise ParameterError(f"give module_file or {name}, one of the two; neither is given")
        folder = "" if reference or "\n" in module_file else f"; a folder of packages is written ./{module_file}"
        raise ParameterError(f"give module_file or {name}, one of the two; both are given{folder}")
    if not path:
        file = _file_name(module_file)
        return user_function(load_module(module_file), name, file=file), file
    module_name, _, function = path.rpartition(".")
    if not module_name:
        raise ParameterError(f"{name} {path!r} is no import path; write package.module.function")
    module = _packaged_module(packages, module_name) if packages else load_module(module_name)
    file = Path(module.__file__ or module_name).name
    return user_function(module, function, file=file), file


def load_module(value: str) -> ModuleType:
    """Imports the user's module from a Python file's text, path or URI, or by its name.

    Raises:
        ParameterError: There is no such file or module.
        UserCodeError: The module raised while it was imported.
        StorageError: The URI cannot be read.
    """
    if not is_inline(value) and "\n" not in value and parse_reference(value) is None:
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
    path = _private_folder() / f"{module_name}.py"
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


def python_sources(value: str) -> list[str]:
    """Returns the texts of the Python files that a parameter holds or names; a module's name names none.

    Raises:
        ParameterError: The code is not there or not what it has to be.
        StorageError: The code cannot be read.
    """
    if is_inline(value):
        return [value]
    reference = parse_reference(value)
    if reference is None:
        return []
    if reference.is_package:
        return [file.read_text("utf-8", "replace") for file in sorted(_unpacked(reference).rglob("*.py"))]
    return [load_text(value)[1]]


def file_bytes(reference: Reference) -> bytes:
    """Returns the file at a reference, of a local folder its archive; fetched once in a process, if it is remote.

    Raises:
        ParameterError: There is none, it is too large, or it is not what its digest says.
        StorageError: It cannot be read.
    """
    if not reference.is_local:
        return _fetched(reference)
    path = existing_path(reference)
    if path.is_dir():
        return _checked(pack(path), reference)
    _check_size(path.stat().st_size, reference)
    return _checked(fs.read_bytes(str(path)), reference)


@functools.cache
def _fetched(reference: Reference) -> bytes:
    try:
        return _checked(fs.read_bytes(reference.address), reference)
    except StorageError as error:
        raise StorageError(
            f"{error}; the user's code has to lie there, and this process needs the right to read it"
        ) from error


def _checked(data: bytes, reference: Reference) -> bytes:
    _check_size(len(data), reference)
    found = hashlib.sha256(data).hexdigest()
    if reference.digest not in ("", found):
        raise ParameterError(
            f"{reference.address}: not the code that was meant: its SHA-256 is {found}, expected {reference.digest}; "
            "submit the pipeline again, or correct the digest behind the address"
        )
    return data


def _check_size(size: int, reference: Reference) -> None:
    # Over that of its content by what an archive needs itself.
    if size > 2 * MAX_BYTES:
        raise ParameterError(f"{reference.address}: {size} bytes; code has at most {MAX_BYTES}, so move data out of it")


def _file_name(value: str) -> str:
    reference = parse_reference(value)
    if reference is not None:
        return reference.name
    return load_text(value)[0] if "\n" in value else value


def _unpacked(reference: Reference) -> Path:
    """Returns the private folder with an archive's packages, the same one for the same content."""
    data = file_bytes(reference)
    folder = _private_folder() / hashlib.sha256(data).hexdigest()
    if not folder.is_dir():
        part = Path(tempfile.mkdtemp(dir=_private_folder()))
        unpack(data, reference.name, part)
        # Another thread may have been faster.
        with contextlib.suppress(OSError):
            part.rename(folder)
    return folder


def _packaged_module(reference: Reference, name: str) -> ModuleType:
    folder = _unpacked(reference)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise ParameterError(
                f"{reference.name} has no module {error.name!r}; at its top are {', '.join(top_names(folder))}"
            ) from error
        raise UserCodeError(
            f"{reference.name}: module {name!r} needs {error.name!r}, which is neither in it nor installed where the "
            "step runs; put it into the archive, or into the image"
        ) from error
    except Exception as error:
        raise UserCodeError(
            f"{reference.name}: module {name!r} raised on import: {type(error).__name__}: {error}"
        ) from error
    if not Path(module.__file__ or "").is_relative_to(folder):
        raise UserCodeError(
            f"{reference.name}: module {name!r} was imported from {module.__file__} before, which is another one; "
            "give the package another name"
        )
    return module


@functools.cache
def _private_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="argosy-code-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
