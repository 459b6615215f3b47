"""s3:// by pyarrow. AWS's usual variables say where and as whom: an endpoint makes it MinIO or another of its kind.

AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL      http://HOST:PORT, with buckets in the path; without them, AWS itself
AWS_REGION, AWS_DEFAULT_REGION             else us-east-1 at an endpoint, and the bucket's own at AWS
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN      else what AWS's SDK finds: a profile, a role
AWS_NO_SIGN_REQUEST                        1: without credentials
AWS_CA_BUNDLE                              certificates for https
"""

import contextlib
import dataclasses
import functools
import os
import re
import shutil
import urllib.parse
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, cast

from argosy.errors import ParameterError
from argosy.fs.store import BLOCK, Entry

_CONNECT_SECONDS = 3.0
_ATTEMPTS = 5
_HURRIED_ATTEMPTS = 3
_ERROR = re.compile(
    r"AWS Error (?P<code>[A-Z_]+)(?: \(HTTP status (?P<status>\d+)\))? during \w+ operation: (?P<said>.*)"
)
_GONE = "Path does not exist"
"""How Arrow begins what it says of an object that is not there."""
_SILENT = "No response body."
_CODES = {
    "ACCESS_DENIED": "forbidden",
    "INVALID_ACCESS_KEY_ID": "credentials",
    "INVALID_CLIENT_TOKEN_ID": "credentials",
    "MISSING_AUTHENTICATION_TOKEN": "credentials",
    "SIGNATURE_DOES_NOT_MATCH": "credentials",
    "REQUEST_EXPIRED": "credentials",
    "UNRECOGNIZED_CLIENT": "credentials",
    "NETWORK_CONNECTION": "unreachable",
    "NO_SUCH_BUCKET": "bucket",
    "NO_SUCH_KEY": "missing",
    "RESOURCE_NOT_FOUND": "missing",
}
_STATUSES = {"301": "region", "401": "credentials", "403": "forbidden"}
"""HTTP status -> the cause, where Arrow knows no name for the error."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says of S3.

    Attributes:
        endpoint: A URL; empty for AWS itself.
        region: A region; empty for the bucket's.
        anonymous: Whether to send no credentials.
        certificates: A file of certificates; empty for the system's.
        identity: The key that signs, if it is in the environment.
    """

    endpoint: str
    region: str
    anonymous: bool
    certificates: str
    identity: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class S3:
    """The store behind s3://.

    Attributes:
        endpoint: Where it is.
        filesystem: pyarrow's.
    """

    endpoint: str
    filesystem: Any

    def entry(self, bucket: str, key: str) -> Entry | None:
        """Returns one object."""
        info = self.filesystem.get_file_info(f"{bucket}/{key}")
        return _entry(info) if info.is_file else None

    def entries(self, bucket: str, key: str) -> Iterator[Entry]:
        """Yields every object below a key, and the one of that name."""
        from pyarrow import fs

        if key and (own := self.entry(bucket, key)):
            yield own
        selector = fs.FileSelector(f"{bucket}/{key}".rstrip("/"), recursive=True, allow_not_found=True)
        found = self.filesystem.get_file_info(selector)
        if not found and self.filesystem.get_file_info(bucket).type == fs.FileType.NotFound:
            raise FileNotFoundError(_GONE)
        yield from (_entry(info) for info in found if info.is_file)

    def exists(self, bucket: str, key: str) -> bool:
        """Whether there is an object at the key or below it."""
        from pyarrow import fs

        path = f"{bucket}/{key}".rstrip("/")
        info = self.filesystem.get_file_info(path)
        if info.type != fs.FileType.Directory:
            return bool(info.is_file)
        # A marker alone is nothing; that it is alone shows most often without listing the whole tree.
        top = self.filesystem.get_file_info(fs.FileSelector(path, allow_not_found=True))
        return any(info.is_file for info in top) or any(self.entries(bucket, key))

    def open(self, bucket: str, key: str) -> AbstractContextManager[BinaryIO]:
        """Returns a stream to read an object from."""
        # Arrow would unpack what is called .gz, and pack it where it writes.
        stream = self.filesystem.open_input_stream(f"{bucket}/{key}", compression=None)
        return cast(AbstractContextManager[BinaryIO], stream)

    def write(self, bucket: str, key: str, data: bytes) -> None:
        """Writes an object whole."""
        with self.filesystem.open_output_stream(f"{bucket}/{key}", compression=None) as stream:
            stream.write(data)

    def upload(self, path: Path, bucket: str, key: str) -> None:
        """Writes an object from a file."""
        with path.open("rb") as file:
            stream = self.filesystem.open_output_stream(f"{bucket}/{key}", compression=None)
            try:
                shutil.copyfileobj(file, stream, BLOCK)
                stream.close()
            except BaseException:
                # Closing is what makes an object of the parts, and there is no way to give them up but this.
                with contextlib.suppress(OSError):
                    stream.close()
                    self.filesystem.delete_file(f"{bucket}/{key}")
                raise

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Copies an object inside the store."""
        self.filesystem.copy_file("/".join(source), "/".join(target))

    def remove(self, bucket: str, key: str) -> None:
        """Removes the object at a key and all below it."""
        with contextlib.suppress(FileNotFoundError):
            if self.entry(bucket, key):
                self.filesystem.delete_file(f"{bucket}/{key}")
        with contextlib.suppress(FileNotFoundError):
            self.filesystem.delete_dir(f"{bucket}/{key}")


def open_s3(bucket: str, *, hurry: bool) -> S3:
    """Returns the store as the environment describes it; in a hurry, one that gives up soon.

    Raises:
        ParameterError: The endpoint is not a URL.
    """
    settings = read_settings()
    if not settings.endpoint and not settings.region:
        settings = dataclasses.replace(settings, region=_region_of(bucket))
    return S3(endpoint=settings.endpoint or "AWS", filesystem=_filesystem(settings, hurry))


def read_settings() -> Settings:
    """Returns what the environment says of S3.

    Raises:
        ParameterError: The endpoint is not a URL.
    """
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    name = next((name for name in names if os.environ.get(name)), "")
    endpoint = os.environ.get(name, "").rstrip("/")
    parts = urllib.parse.urlsplit(endpoint)
    if endpoint and not (parts.scheme in ("http", "https") and parts.netloc):
        raise ParameterError(f"{name}: {endpoint!r} is not an endpoint; give it as http://HOST:PORT")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    return Settings(
        endpoint=endpoint,
        region=region or ("us-east-1" if endpoint else ""),
        anonymous=os.environ.get("AWS_NO_SIGN_REQUEST", "").lower() in ("1", "true", "yes"),
        certificates=os.environ.get("AWS_CA_BUNDLE", ""),
        identity=os.environ.get("AWS_ACCESS_KEY_ID", ""),
    )


def explain(error: BaseException) -> tuple[str, str] | None:
    """Returns the cause, a key of `argosy.fs.faults.CAUSES`, and what S3 said; None for an error that is not S3's."""
    found = _ERROR.search(str(error)) if isinstance(error, OSError) else None
    if found is None:
        return ("missing", "") if isinstance(error, FileNotFoundError) and _GONE in str(error) else None
    code, status, said = found["code"], found["status"] or "", found["said"].partition(" (Request ID")[0]
    return _CODES.get(code) or _STATUSES.get(status, "other"), said if said and said != _SILENT else code + status


def describe() -> str:
    """Returns where s3:// is, for messages, and who asks there."""
    settings = read_settings()
    return settings.endpoint or f"AWS {settings.region}".rstrip()


@functools.lru_cache(maxsize=8)
def _filesystem(settings: Settings, hurry: bool) -> Any:
    from pyarrow import fs

    parts = urllib.parse.urlsplit(settings.endpoint)
    return fs.S3FileSystem(
        endpoint_override=parts.netloc + parts.path or None,
        scheme=parts.scheme or "https",
        region=settings.region or None,
        anonymous=settings.anonymous,
        connect_timeout=_CONNECT_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_HURRIED_ATTEMPTS if hurry else _ATTEMPTS),
        tls_ca_file_path=settings.certificates or None,
    )


@functools.lru_cache(maxsize=64)
def _region_of(bucket: str) -> str:
    from pyarrow import fs

    try:
        return str(fs.resolve_s3_region(bucket))
    except OSError:
        return ""


def _entry(info: Any) -> Entry:
    return Entry(key=info.path.partition("/")[2], size=info.size, modified=info.mtime)
