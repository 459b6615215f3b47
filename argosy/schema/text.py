"""Schema files: `schema.pbtxt`, alone or in an artifact's directory."""

from pathlib import Path

from argosy import fs
from argosy.errors import ArtifactError, DataError
from argosy.schema import convert
from argosy.schema.spec import Schema

FILE_NAME = "schema.pbtxt"


def read_schema(path: str) -> Schema:
    """Returns the schema in a `.pbtxt` file, or in `schema.pbtxt` of a directory.

    Raises:
        ArtifactError: There is none, or it is not one; the message names the file and the line.
    """
    file = path if Path(path).is_file() else schema_file(path)
    if not fs.exists(file):
        raise ArtifactError(f"{file} does not exist; give a schema artifact or a {FILE_NAME}")
    try:
        return convert.from_text(fs.read_bytes(file).decode())
    except (DataError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{file}: {error}") from error


def write_schema(schema: Schema, path: str) -> None:
    """Writes the schema to a `.pbtxt` file, or as `schema.pbtxt` into a directory."""
    fs.write_bytes(schema_file(path), schema_text(schema).encode())


def schema_text(schema: Schema) -> str:
    """Returns the text of a `schema.pbtxt`, which TFX's libraries read."""
    return convert.to_text(schema)


def schema_file(path: str) -> str:
    """Returns the path of the schema's file.

    >>> schema_file("/tmp/artifact/")
    '/tmp/artifact/schema.pbtxt'
    """
    return path if path.endswith(".pbtxt") else f"{path.rstrip('/')}/{FILE_NAME}"
