"""The servers behind one address: a headless Kubernetes Service has one DNS entry for each of its pods."""

import socket
import urllib.parse

from argosy.errors import ServerError

_KINDS = (socket.AF_INET, socket.AF_INET6)


def server_urls(url: str) -> list[str]:
    """Returns the REST address of every server behind an http:// address, sorted; the address itself where it is one.

    An https:// address is never taken apart, because certificates are for names.

    Raises:
        ServerError: The name is not known (yet): a headless Service without ready pods has no entry.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "http":
        return [url]
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or 80, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise ServerError(f"{url}: no server is known by the name {host}: {error}") from error
    hosts = {kind: {str(address[0]) for family, _, _, _, address in found if family == kind} for kind in _KINDS}
    # A pod may have an address of either kind; asked once it is enough.
    several = next((hosts[kind] for kind in _KINDS if hosts[kind]), set())
    if len(several) < 2:
        return [url]
    port = f":{parts.port}" if parts.port else ""
    shown = (f"[{one}]" if ":" in one else one for one in sorted(several))
    return [urllib.parse.urlunsplit(parts._replace(netloc=f"{one}{port}")) for one in shown]
