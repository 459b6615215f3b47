"""A file's text as it travels in a compiled spec, behind one comment line that says which file it was, and its digest.

# argosy:file preprocessing.py sha256:9f2c...
def preprocessing_fn(inputs):
    ...
"""

import hashlib
import re
from pathlib import Path

from argosy.errors import ParameterError

MAX_INLINE_BYTES = 64_000
_HEADER = re.compile(r"# argosy:file (?P<name>\S+) sha256:(?P<digest>[0-9a-f]{64})\n")


def inline_file(path: Path) -> str:
    """Returns the file's text behind its header line, as it travels in a compiled spec.

    Raises:
        ParameterError: The file is not there, is not UTF-8, or is larger than 64 kB.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ParameterError(
            f"{path}: no such file ({error.strerror}); paths are relative to the pipeline's own file"
        ) from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    if len(text.encode()) > MAX_INLINE_BYTES:
        raise ParameterError(
            f"{path}: {len(text.encode())} bytes; a file of at most {MAX_INLINE_BYTES} bytes travels in the spec. "
            "Larger code is uploaded by `argosy submit`, or given by its URI"
        )
    name = re.sub(r"\s", "_", path.name)
    return f"# argosy:file {name} sha256:{hashlib.sha256(text.encode()).hexdigest()}\n{text}"


def is_inline(value: str) -> bool:
    """Whether the value is a file's text as `inline_file` made it."""
    return _HEADER.match(value) is not None


def read_inline(value: str) -> tuple[str, str]:
    """Returns `(name, text)` of a file's text as `inline_file` made it.

    Raises:
        ParameterError: The text does not match its digest.
    """
    header = _HEADER.match(value)
    assert header is not None
    text = value[header.end() :]
    if hashlib.sha256(text.encode()).hexdigest() != header["digest"]:
        raise ParameterError(
            f"{header['name']}: the text in the spec does not match its digest; compile the pipeline again"
        )
    return header["name"], text
