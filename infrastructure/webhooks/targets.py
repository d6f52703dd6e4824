"""Where webhooks may go: to addresses of the public internet, and into networks that the operator allows.

What a name means is looked at when the connection is made, and the connection is made to the address looked at:
a name that is answered differently the second time leads nowhere else.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

import httpx

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as text; raises `OSError` where there are none."""

LONGEST_URL = 2_000

_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]|\s")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
"""A last label like this makes the whole host a number to some readers (URL Standard, 3.5)."""

_OURS_OR_NOBODYS_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host (RFC 791)
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # shared by carriers (RFC 6598); also a metadata service
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a host's own agent in a large cloud, at a public address
            "169.254.0.0/16",  # link-local; the metadata service of most clouds
            "172.16.0.0/12",  # private (RFC 1918)
            "192.0.0.0/24",  # protocol assignments (RFC 6890)
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, no longer in use (RFC 7526)
            "192.168.0.0/16",  # private (RFC 1918)
            "198.18.0.0/15",  # benchmarks (RFC 2544)
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_OURS_OR_NOBODYS_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments (RFC 2928): Teredo, ORCHID, benchmarks
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which leads to any IPv4 address (RFC 7526)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses that a translator maps to IPv4 (RFC 6052); the IPv4 address in them is what counts."""


class NotAllowed(Exception):
    """The target is none to which a webhook may go; the message is a phrase fit for whoever named it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a webhook goes, read once: what is checked and what is connected to are the same."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    """With its query, as it stands in the request line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Which targets are allowed: public ones by https, and in the networks of `allowed` any."""

    allowed: tuple[Network, ...] = ()

    def target(self, text: str) -> Target:
        """The target that the text names; raises `NotAllowed`, also for addresses written as numbers."""
        found = _read(text)
        literal = _literal(found.host)
        if literal is not None:
            self.check(literal, found.scheme)
        elif _is_local_name(found.host) and not self.allowed:
            raise NotAllowed(f"{found.host} is this machine or its own network")
        elif found.scheme == "http" and not self.allowed:
            raise NotAllowed("must be an https address")
        return found

    def addresses(
        self, target: Target, timeout_seconds: float, resolver: Resolver
    ) -> tuple[str, ...]:
        """The addresses of the target to which a connection may be made, in the order of the resolver.

        Raises `NotAllowed` if it has only others, `OSError` if it has none or they are not known in time.
        """
        found = resolved(target.host, target.port, timeout_seconds, resolver)
        if not found:
            raise OSError(f"{target.host} has no address")
        kept, refused = [], None
        for each in found:
            try:
                self.check(ip_address(each), target.scheme)
            except NotAllowed as reason:
                refused = reason
            else:
                kept.append(each)
        if not kept and refused is not None:
            raise refused
        return tuple(kept)

    def check(self, address: Address, scheme: str) -> None:
        """That a connection may be made to the address; raises `NotAllowed`."""
        meant = meaning(address)
        if any(meant in network for network in self.allowed if network.version == meant.version):
            return
        if not is_public(meant):
            raise NotAllowed(f"{address} is not an address of the public internet")
        if scheme != "https":
            raise NotAllowed("must be an https address")


def networks_from(text: str) -> tuple[Network, ...]:
    """The networks in a setting, `10.0.0.0/8, ::1/128`; raises `ValueError`."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def meaning(address: Address) -> Address:
    """The address that is reached: where an IPv4 address is wrapped into an IPv6 one, the one inside."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, by the registries of special addresses (RFC 6890)."""
    if isinstance(address, IPv4Address):
        return not any(address in each for each in _OURS_OR_NOBODYS_4)
    return (
        address.scope_id is None
        and address in _GLOBAL_UNICAST
        and not any(address in each for each in _OURS_OR_NOBODYS_6)
    )


def system_resolver(host: str, port: int) -> Sequence[str]:
    """What the machine's own resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def resolved(
    host: str, port: int, timeout_seconds: float, resolver: Resolver = system_resolver
) -> Sequence[str]:
    """The addresses of the host; raises `OSError`, also when they do not come in time.

    A resolver cannot be interrupted, so it is left behind in a thread that holds nothing up.
    """
    said: list[Sequence[str]] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            said.append(resolver(host, port))
        except (OSError, UnicodeError) as error:
            failed.append(OSError(f"{host} is not known: {error}"))

    asking = threading.Thread(target=ask, name="timeline-resolver", daemon=True)
    asking.start()
    asking.join(max(timeout_seconds, 0))
    if failed:
        raise failed[0]
    if not said:
        raise TimeoutError(f"the addresses of {host} did not come in time")
    return said[0]


def _read(text: str) -> Target:
    if len(text) > LONGEST_URL or _NOT_IN_A_URL.search(text):
        raise NotAllowed(
            f"must be an address of at most {LONGEST_URL:,} characters, without blanks"
        )
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise NotAllowed(f"cannot be read: {error}") from error
    if url.scheme not in ("http", "https"):
        raise NotAllowed("must be an https address")
    host = url.raw_host.decode("ascii")
    if not host or "%" in host:
        raise NotAllowed("names no host")
    if url.port is not None and not 0 < url.port < 65_536:
        raise NotAllowed(f"{url.port} is no port")
    if url.userinfo:
        raise NotAllowed("must not carry a name or a password")
    if url.fragment:
        raise NotAllowed("must not have a fragment")
    if _literal(host) is None and _NUMBER.fullmatch(host.rstrip(".").rsplit(".", 1)[-1]):
        raise NotAllowed(f"{host} is a number in disguise: write the address in full")
    return Target(
        url=str(url),
        scheme=url.scheme,
        host=host,
        port=url.port or (443 if url.scheme == "https" else 80),
        path=url.raw_path.decode("ascii"),
    )


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_local_name(host: str) -> bool:
    bare = host.rstrip(".").lower()
    return "." not in bare or _ends_in(bare, (".localhost", ".local", ".internal", ".home.arpa"))


def _ends_in(name: str, ends: Iterable[str]) -> bool:
    return any(name.endswith(each) for each in ends)
