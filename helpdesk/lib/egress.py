"""Connections to servers that a person has typed in (mail servers today): never into our own network by accident.

The name is resolved once, every address it has is judged, and the connection goes to the very address that was judged,
so a name server cannot answer differently a moment later (DNS rebinding). `EGRESS_ALLOW` lists hosts, addresses and
networks that may be reached although they are private.
"""

import ipaddress
import socket
from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext_noop

PRIVATE_NETWORK = gettext_noop(
    "%(host)s is an address inside a private network. If mail really is there, add it to EGRESS_ALLOW."
)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # of protocols, RFC 6890
        "::/96",  # IPv4-compatible, RFC 4291 §2.5.5.1
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
        "64:ff9b:1::/48",  # translation inside a network, RFC 8215
        "fec0::/10",  # site-local, RFC 3879
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
    )
)
"""What Python counts as global though no server of the world has such an address."""


class Refused(OSError):
    """The address lies in a network that mail servers of strangers have no business in. The text is for the admin."""


def connect(host: str, port: int, *, timeout: float, allow: Iterable[str] | None = None) -> socket.socket:
    """A TCP connection to `host`, for TLS by the caller (with `host` as the name to check).

    Raises `Refused` when no address of the host may be reached, else `OSError` as the socket does.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    permitted = [entry for entry in found if is_allowed(host, str(entry[4][0]), allow=allow)]
    if not permitted:
        raise Refused(PRIVATE_NETWORK % {"host": host})
    failure: OSError | None = None
    for family, kind, protocol, _, address in permitted:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(timeout)
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure or OSError(f"{host} cannot be reached.")


def is_allowed(host: str, address: str, *, allow: Iterable[str] | None = None) -> bool:
    """Whether a connection to `address`, found under the name `host`, may be made."""
    ip = _plain(ipaddress.ip_address(address.partition("%")[0]))
    if ip.is_global and not ip.is_multicast and not any(ip in network for network in _INSIDE):
        return True
    entries = settings.EGRESS_ALLOW if allow is None else allow
    return any(_matches(entry.strip().lower(), host.lower().rstrip("."), ip) for entry in entries)


def _plain(ip: _Address) -> _Address:
    """The IPv4 address that an IPv6 one wraps: ::ffff:127.0.0.1 and 64:ff9b::7f00:1 are 127.0.0.1."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return ip.ipv4_mapped
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if ip.sixtofour:
            return ip.sixtofour
    return ip


def _matches(entry: str, host: str, ip: _Address) -> bool:
    try:
        return ip in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return bool(entry) and entry == host
