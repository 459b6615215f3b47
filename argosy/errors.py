"""Every error that Argosy raises on purpose, and the exit code that each means.

    ArgosyError                      70  a bug in Argosy (never raised itself)
    ├── UserError                     2  the person who runs it can mend it
    │   ├── ParameterError               a parameter: unknown, missing, of the wrong type or value
    │   ├── DataError                    the data: a file, a row, a feature
    │   │   └── UnsettledTypesError             later rows contradict the types that the first suggest
    │   ├── UserCodeError                the user's Python raised, or broke its contract
    │   ├── ArtifactError                an artifact is missing, of another type, or not in its layout
    │   ├── SavedModelCallError          a SavedModel refused or failed a call; `code` is TensorFlow's name for why
    │   └── PipelineError                a pipeline or its compiled spec
    ├── GateError                     3  a check that is there to stop the run has stopped it
    └── InfrastructureError           4  storage, network, a server, a lock: the same call may work later
        ├── StorageError
        ├── ServerError
        └── BusyError                    somebody else holds what is needed (a port, a root)

A message says what is wrong, where, what was found, what to do. Any other exception that leaves a step is a bug: 70.
"""

import contextlib
import difflib
from collections.abc import Iterable, Iterator

BUG_EXIT_CODE = 70


class ArgosyError(Exception):
    """The root of the tree; `exit_code` is what a process that ends by it returns."""

    exit_code = BUG_EXIT_CODE


class UserError(ArgosyError):
    """Something that the person who runs the pipeline can mend."""

    exit_code = 2


class ParameterError(UserError):
    """A parameter is unknown, missing, or has the wrong type or value."""


class DataError(UserError):
    """A file, row or feature is not what it has to be."""


class UnsettledTypesError(DataError):
    """Rows are not of the types that the first ones suggest; who reads them has to look at all before."""


class UserCodeError(UserError):
    """The user's Python raised, or did not keep its contract."""


class ArtifactError(UserError):
    """An artifact is missing, of another type, or not laid out as its type says."""


class SavedModelCallError(UserError):
    """A SavedModel refused or failed a call.

    Attributes:
        code: The canonical status name that TensorFlow and TF Serving give it, as "INVALID_ARGUMENT".
    """

    def __init__(self, message: str, *, code: str = "UNKNOWN") -> None:
        super().__init__(message)
        self.code = code


class PipelineError(UserError):
    """A pipeline cannot be compiled, or its compiled spec cannot be interpreted."""


class GateError(ArgosyError):
    """A check whose job is to stop the run has stopped it."""

    exit_code = 3


class InfrastructureError(ArgosyError):
    """Storage, network, a server or a lock failed; the same call may work later."""

    exit_code = 4


class StorageError(InfrastructureError):
    """Bytes could not be read, written, listed or removed."""


class ServerError(InfrastructureError):
    """A server did not start, did not answer, or answered with an error of its own."""


class BusyError(InfrastructureError):
    """Somebody else holds what is needed."""


@contextlib.contextmanager
def located(**where: object) -> Iterator[None]:
    """Prefixes the message of any ArgosyError that passes with where it happened; its class stays.

    Used once, at the boundary of a step or of a file.

    >>> with located(step="transform", split="train"):
    ...     raise DataError("feature 'age' is empty")
    Traceback (most recent call last):
    ...
    argosy.errors.DataError: step transform, split train: feature 'age' is empty
    """
    try:
        yield
    except ArgosyError as error:
        place = ", ".join(f"{key} {value}" for key, value in where.items() if value not in (None, ""))
        raise type(error)(f"{place}: {error}" if place else str(error)) from error


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns the hint that ends a message about an unknown name: the nearest known one, or all of them.

    >>> did_you_mean("trian", ["train", "eval"])
    "did you mean 'train'? Known: eval, train"
    """
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, n=1)
    listing = f"Known: {', '.join(names)}" if names else "none is known here"
    return f"did you mean {nearest[0]!r}? {listing}" if nearest else listing
