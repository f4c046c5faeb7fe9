from __future__ import annotations

import pytest
from hypothesis import given

from tests.core.redaction.values import found, networks


@given(networks)
def test_a_global_address_is_found(address):
    assert found(f"from {address}:443.") == [("IP", address)]
    assert found(f"http://{address}/admin") == [("IP", address)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ban 103.21.244.0/22 please", "103.21.244.0"),
        ('{"remote_addr":"91.198.174.192"}', "91.198.174.192"),
        ("X-Forwarded-For: 91.198.174.192, 10.0.0.1", "91.198.174.192"),
        ("::ffff:91.198.174.192", "::ffff:91.198.174.192"),
        ("91[.]198[.]174[.]192", "91[.]198[.]174[.]192"),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::200e"),
        ("[2606:4700::6810:84e5]:443", "2606:4700::6810:84e5"),
        ("IPv6:2A00:1450:0:0:0:0:0:200E.", "2A00:1450:0:0:0:0:0:200E"),
        ("remote:2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::200e"),
        ("an update from 91.198.174.192", "91.198.174.192"),
        ("from 1.2.3.4", "1.2.3.4"),
        ("seen 2a00:1450:4001:81b::200e: refused", "2a00:1450:4001:81b::200e"),
    ],
)
def test_an_address_is_found_in_its_surroundings(text, address):
    assert found(text) == [("IP", address)]


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:8000 10.4.2.1 192.168.1.10 172.16.0.1 169.254.1.1 100.64.0.1",
        "224.0.0.1 239.255.255.250",
        "upgrade from 1.2.3.4 to 1.2.3.5",
        "192.0.2.5 198.51.100.7 203.0.113.9",
        "::1 fe80::1 fd00::1 2001:db8::1 a::b",
    ],
)
def test_private_local_and_documentation_ranges_are_nobodys(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "v91.198.174.19 released",
        "version 91.198.174.19 of the driver",
        "firmware 2.10.0.15 is broken",
        "section 3.2.1.1",
        "Chrome/120.0.6099.71 Chrome/120.0.60.71",
        "lib-91.2.3.4.tar.gz",
        "requests>=91.2.3.4",
        "91.2.3.4-beta2",
        "1.2.3.4.5",
        "4.0.30319.42000",
        "091.198.174.192 is padded, 291.198.174.192 is none",
        "std::vector::size dead::beef",
        "02:1a:2b:ff:fe:3c:4d:5e",
        "20:1a:2b:ff:fe:3c:4d:5e",
        "12:34:56:78",
    ],
)
def test_versions_and_other_numbers_are_no_addresses(text):
    assert found(text) == []
