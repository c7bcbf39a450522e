import socket

import pytest

from helpdesk.lib import egress


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.1.2.3", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "192.0.2.1",
        "192.0.0.9", "192.0.0.170", "fec0::1", "::7f00:1", "::10.0.0.1", "64:ff9b:1::7f00:1", "::ffff:0:127.0.0.1",
        "3fff::1", "5f00::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_refused(address):
    assert not egress.is_allowed("mail.example", address, allow=[])


@pytest.mark.parametrize("address", ["9.9.9.9", "193.0.6.139", "2001:67c:2e8::1", "::ffff:9.9.9.9"])
def test_addresses_of_the_world_are_allowed(address):
    assert egress.is_allowed("mail.example", address, allow=[])


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "10.1.2.3", "mail.inside", "MAIL.inside", " 10.1.2.3/32 "])
def test_what_the_operator_lists_is_allowed(entry):
    assert egress.is_allowed("mail.inside", "10.1.2.3", allow=[entry])
    assert not egress.is_allowed("other.inside", "192.168.1.1", allow=[entry])


def test_a_name_that_points_inside_is_refused(settings):
    settings.EGRESS_ALLOW = []

    with pytest.raises(egress.Refused, match="EGRESS_ALLOW"):
        egress.connect("localhost", 1, timeout=1)


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asked = []

        def resolve(host, port, **_):
            asked.append(host)
            address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

        with egress.connect("rebinds.example", port, timeout=2, allow=["127.0.0.1"]) as connection:
            assert connection.getpeername() == ("127.0.0.1", port)
        assert asked == ["rebinds.example"]
