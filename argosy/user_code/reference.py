"""Where code lies that does not travel as text: an address, and the digest of what has to be there.

s3://bucket/root/argosy-code/9f2c.../flights.zip#sha256=9f2c...
"""

import dataclasses
import re
from pathlib import Path

from argosy import fs
from argosy.errors import ParameterError
from argosy.user_code.inline import is_inline

FILE_PARAMETERS = ("module_file", "eval_config", "schema_file")
"""Parameters of Argosy's steps that hold the user's code or text."""
TEXTS = (".py", ".yaml", ".yml", ".json", ".pbtxt")
ARCHIVES = (".zip", ".whl", ".tar.gz", ".tgz")
_MARK = "#sha256="


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reference:
    """Where code lies.

    Attributes:
        address: A URI, or the path of a file or folder of this machine.
        digest: SHA-256 of the file there, in hex; empty where it is not known.
    """

    address: str
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.address}{_MARK}{self.digest}" if self.digest else self.address

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.address.rstrip("/").rpartition("/")[2]

    @property
    def is_local(self) -> bool:
        """Whether it is a path of this machine."""
        return "://" not in self.address

    @property
    def is_package(self) -> bool:
        """Whether packages are there, in an archive or a folder, and not one file's text."""
        return not self.name.endswith(TEXTS)


def parse_reference(value: str) -> Reference | None:
    """Returns where the code lies that a parameter names; None where it is a text, a module's name, or empty.

    A path is told from a module's name by a slash or by its ending.

    Raises:
        ParameterError: Its digest is malformed, or nothing can be read from such an address.
    """
    if not value or is_inline(value) or "\n" in value or value.lstrip().startswith("{"):
        return None
    address, mark, digest = value.partition(_MARK)
    if mark and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ParameterError(f"{value!r}: behind {_MARK} belong the 64 hexadecimal digits of the file's SHA-256")
    if address.startswith("file://"):
        address = str(fs.local_path(address))
    if "/" not in address and address not in (".", "..") and not address.endswith((*TEXTS, *ARCHIVES)):
        return None
    reference = Reference(address=address, digest=digest)
    if not reference.is_local:
        fs.is_remote(address)
        if not reference.name.endswith((*TEXTS, *ARCHIVES)):
            raise ParameterError(
                f"{address}: neither a file nor an archive by its ending; give one of {', '.join((*TEXTS, *ARCHIVES))}"
            )
    return reference


def existing_path(reference: Reference) -> Path:
    """Returns the file or folder of a local reference.

    Raises:
        ParameterError: There is none.
    """
    path = Path(reference.address)
    if not path.exists():
        raise ParameterError(
            f"{path}: no such file or folder here. A path is one of the machine that compiled the pipeline; "
            "`argosy submit` uploads what lies there, or give a URI"
        )
    return path
