"""Hosts that Telnyx cannot reach, or not for long, however they are written."""

import pytest

from telnyx_connections_mcp.audit.private_hosts import PRIVATE, TUNNELS

from .rows import findings_of


def is_found(url: str) -> bool:
    return ("webhook_private_host", "webhook_event_url") in findings_of({"webhook_event_url": url})


@pytest.mark.parametrize("name", [*PRIVATE, *TUNNELS])
def test_private_names_and_their_subdomains_are_found(name: str) -> None:
    """Each private domain is found with its subdomains, in any case, even with a trailing full stop."""
    assert is_found(f"https://{name}/hook")
    assert is_found(f"https://A.b.{name.upper()}.:8443/hook")
    assert not is_found(f"https://x{name.replace('.', '-')}.example.com/hook")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.1/",
        "https://127.0.0.1./",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0177.1/",
        "https://0000000000000177.1/",
        "https://255.1/",
        "https://192.168.257/",
        "https://0x.1/",
        "https://017700000001/",
        "https://10.1/",
        "https://0/",
        "https://224.0.0.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::1]/",
        "https://[fc00::1]/",
        "https://[fe80::1%25eth0]:8080/",
        "https://10-0-0-1.nip.io/",
        "https://app.10.0.0.1.sslip.io/",
        "https://printer/",
        " https://10.0.0.1/",
        "\u00a0https://localhost/",
        "https://bob:pw@192.168.0.1/",
        "https://１２７.0.0.1/",
        "https://localhost。/",
        "https://ｌｏｃａｌｈｏｓｔ/",
        "https://bob＠10.0.0.1/",
        "https://bob%4010.0.0.1/",
        "https://bob%EF%BC%A010.0.0.1/",
        "HTTPS://LocalHost/",
    ],
)
def test_private_addresses_are_found_however_they_are_written(url: str) -> None:
    """Private addresses are found in every notation of inet_aton(3), IPv6 and Unicode."""
    assert is_found(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://8.8.8.8/",
        "https://134744072/",
        "https://[2606:4700::1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[64:ff9b::808:808]/",
        "https://8.8.8.8.nip.io/",
        "https://08.1/",
        "https://8.526344/",
        "https://8.8.2056/",
        "https://9.16777216/",
        "https://10.0.0.1.0/",
        "https://00000000000000177.1/",
        "https://256.1.1.1/",
        "https://1.2.3.4.5/",
        "https://hooks.example.com./",
        "https://localhost.example.com/",
        "https://mylocal.example/",
        "https://xapp-1-a0123456789.example.com/hook?v=1",  # its host looks like a token, and is masked
        "no url",
    ],
)
def test_public_hosts_are_not_private(url: str) -> None:
    """Public hosts, and texts that are not hosts, are not private."""
    assert not is_found(url)


@pytest.mark.parametrize("host", ["a" * 300 + ".com", "b" * 5000 + ".example.org"])
def test_a_host_too_long_to_be_kept_is_not_called_private(host: str) -> None:
    """A host that was cut is not called private, because its end is unknown."""
    assert not is_found(f"https://{host}/hook")
