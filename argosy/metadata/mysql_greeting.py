"""What a MySQL server says before anybody logs in: the only way to tell a dead server from a refused password."""

import socket

from argosy.errors import ServerError

_SECONDS = 10.0
_LONGEST_GREETING = 512


def greeting(host: str, port: int) -> str:
    """Returns the server's name and version, as "MariaDB 11.8.3".

    Raises:
        ServerError: Nothing answers there, or something that is no MySQL server.
    """
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            packet = connection.recv(_LONGEST_GREETING)
    except OSError as error:
        raise ServerError(f"no database server answers at {host}:{port}: {error}; is it up?") from error
    return read_greeting(packet, f"{host}:{port}")


def read_greeting(packet: bytes, where: str) -> str:
    r"""Returns the name and version in a server's first packet: 4 bytes of header, a protocol number, a C string.

    >>> read_greeting(b"....\x0a5.5.5-10.11.19-MariaDB-deb12\x00...", "db:3306")
    'MariaDB 10.11.19'

    Raises:
        ServerError: It is not such a packet, or the server turns us away.
    """
    body = packet[4:]
    if body[:1] == b"\xff":
        raise ServerError(f"the database server at {where} turns us away: {body[3:].decode('utf-8', 'replace')}")
    if body[:1] != b"\x0a" or b"\x00" not in body:
        raise ServerError(f"what answers at {where} is no MySQL or MariaDB server; check host and port")
    version = body[1:].partition(b"\x00")[0].decode("ascii", "replace")
    if "MariaDB" in version:
        return f"MariaDB {version.removeprefix('5.5.5-').partition('-')[0]}"
    return f"MySQL {version.partition('-')[0]}"
