"""Where webhooks may go: nothing of this machine or its networks, however it is written or resolved."""

import time
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from infrastructure.webhooks.targets import (
    Guard,
    NotAllowed,
    Resolver,
    is_public,
    meaning,
    networks_from,
    resolved,
    system_resolver,
)

PUBLIC = (
    "93.184.216.34",
    "8.8.8.8",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "192.0.1.0",
    "223.255.255.255",
    "2606:2800:220:1:248:1893:25c8:1946",
    "2a00:1450:4001:80b::200e",
    "::ffff:93.184.216.34",
    "64:ff9b::5db8:d822",
)
NOT_PUBLIC = (
    "0.0.0.0",  # noqa: S104 (it is refused)
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2a00:1450::1%eth0",
    "fec0::1",
    "ff02::1",
)
WRITTEN_OTHERWISE = (
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.1./",
    "https://[::ffff:7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://①②⑦.0.0.1/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://metadata/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://%6c%6fcalhost/",
    "https://receiver.example@127.0.0.1/",
    "https://127.0.0.1@receiver.example/",
    "https://127.0.0.1\\@receiver.example/",
    "https://receiver.example\t.internal/",
    "https:///hook",
    "https://receiver.example:0/",
    "https://receiver.example:99999/",
    "https://receiver.example/#part",
    "https://[::1",
    "http://receiver.example/",
    "ftp://receiver.example/",
    "file:///etc/passwd",
    "receiver.example/hook",
    "",
    "https://receiver.example/" + "x" * 2_000,
)


def answering(*addresses: str) -> Resolver:
    def resolver(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("receiver.example", 443)
        return addresses

    return resolver


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_public_internet_are_allowed(address: str) -> None:
    assert is_public(meaning(ip_address(address)))
    Guard().check(ip_address(address), "https")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_other_addresses_are_refused(address: str) -> None:
    assert not is_public(meaning(ip_address(address)))
    with pytest.raises(NotAllowed):
        Guard().check(ip_address(address), "https")


@pytest.mark.parametrize("text", WRITTEN_OTHERWISE)
def test_a_target_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(NotAllowed):
        Guard().target(text)


def test_a_target_is_read_once_and_in_full() -> None:
    target = Guard().target("https://Münster.Example:8443/hook/ü?a=b c".replace(" ", "%20"))

    assert target.host == "xn--mnster-3ya.example"
    assert (target.port, target.path) == (8443, "/hook/%C3%BC?a=b%20c")
    assert Guard().target(target.url) == target
    assert Guard().target("https://receiver.example").path == "/"


def test_a_name_leads_only_to_those_of_its_addresses_that_are_allowed() -> None:
    target = Guard().target("https://receiver.example/hook")

    assert Guard().addresses(target, 1, answering("10.0.0.1", "8.8.8.8")) == ("8.8.8.8",)
    with pytest.raises(NotAllowed, match=r"::1 is not an address of the public internet"):
        Guard().addresses(target, 1, answering("10.0.0.1", "::1"))
    with pytest.raises(OSError, match="has no address"):
        Guard().addresses(target, 1, answering())


def test_what_the_operator_allows_is_allowed_and_nothing_beside_it() -> None:
    guard = Guard(allowed=networks_from("10.1.0.0/16, ::1/128,"))
    inside = guard.target("http://10.1.2.3:9000/hook")

    assert guard.addresses(inside, 1, lambda *_: ["10.1.2.3"]) == ("10.1.2.3",)
    assert guard.target("http://[::1]/").host == "::1"
    assert guard.target("http://receiver/").host == "receiver"
    with pytest.raises(NotAllowed):
        guard.target("https://10.2.0.1/")
    with pytest.raises(NotAllowed, match="https"):
        guard.check(ip_address("8.8.8.8"), "http")
    with pytest.raises(ValueError, match="does not appear"):
        networks_from("everything")


def test_a_resolver_that_hangs_holds_nothing_up() -> None:
    def slow(*_: object) -> Sequence[str]:
        time.sleep(2)
        return ["8.8.8.8"]

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        resolved("receiver.example", 443, 0.05, slow)

    assert time.monotonic() - began < 1.5


def test_a_name_that_nobody_knows_is_a_failure_and_no_fault_of_ours() -> None:
    with pytest.raises(OSError, match="is not known"):
        resolved("no-such-host.invalid", 443, 30)
    with pytest.raises(OSError, match="is not known"):
        resolved("." * 300, 443, 5)

    assert "127.0.0.1" in system_resolver("127.0.0.1", 80)
