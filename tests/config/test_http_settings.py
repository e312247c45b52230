"""The settings for serving over HTTP, and what is reported if they cannot be used."""

import pytest

from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.http_settings import HttpSettings, read_address, read_http_settings
from telnyx_connections_mcp.http_server.host_and_origin import host_policy


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("9000", ("127.0.0.1", 9000)),
        (":9000", ("127.0.0.1", 9000)),
        ("localhost", ("localhost", 8000)),
        ("mcp-1.internal:80", ("mcp-1.internal", 80)),
        ("::1", ("::1", 8000)),
        ("[::1]", ("::1", 8000)),
        (" [fd00::1]:443 ", ("fd00::1", 443)),
    ],
)
def test_an_address_may_be_short(text: str, meant: tuple[str, int]) -> None:
    """An address may be a host, a port or both; an IPv6 host before a port stands in brackets."""
    assert read_address(text) == meant


@pytest.mark.parametrize("text", ["a:b", "a:65536", "[nonsense]:1", "[::1", "http://x", "a b", "::1:x:", "[cafe]:80"])
def test_an_invalid_address_is_rejected(text: str) -> None:
    """The error gives an example of an address."""
    with pytest.raises(SettingsError, match=r"--http takes HOST:PORT, as in 127\.0\.0\.1:8000"):
        read_address(text)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("MAX_BODY", "1", "must be a whole number from 1024 to 67,108,864"),
        ("MAX_CALLS", "2.5", "must be a whole number"),
        ("QUEUE_SECONDS", "x", "must be a number from 0"),
        ("QUEUE_SECONDS", "nan", "must be a number from 0"),
        ("QUEUE_SECONDS", "5s", "must be a number from 0"),
        ("MAX_BODY", "1e6", "must be a whole number"),
        ("MAX_BODY", "262_144", "must be a whole number"),
        ("MAX_CONNECTIONS", "inf", "must be a whole number"),
        ("ALLOWED_HOSTS", "https://x", "takes names"),
        ("ALLOWED_HOSTS", "*", "takes names"),
        ("ALLOWED_HOSTS", "mcp.example.com.", "takes names"),
        ("ALLOWED_HOSTS", "mcp.example.com:65536", "takes names"),
        ("ALLOWED_ORIGINS", "*", "takes origins"),
        ("ALLOWED_ORIGINS", "https://x/y", "takes origins"),
        ("ALLOWED_ORIGINS", "https://[x", "takes origins"),
        ("ALLOWED_ORIGINS", "https://ann@x", "takes origins"),
        ("TRUSTED_PROXIES", "*", "takes addresses or networks"),
    ],
)
def test_an_unusable_variable_is_named(name: str, text: str, words: str) -> None:
    """The error names the variable and says which values it takes."""
    with pytest.raises(SettingsError, match=f"TELNYX_HTTP_{name} {words}"):
        read_http_settings({f"TELNYX_HTTP_{name}": text}, "0")


def test_a_key_needs_its_certificate() -> None:
    """A TLS key without a certificate is rejected rather than ignored."""
    with pytest.raises(SettingsError, match="--tls-key requires --tls-cert"):
        read_http_settings({}, "0", tls_key="key.pem")


def test_every_variable_is_read() -> None:
    """Every variable sets its field."""
    given = {
        "TELNYX_HTTP_ALLOWED_HOSTS": "MCP.example.com, [fd00::5]:8000,",
        "TELNYX_HTTP_ALLOWED_ORIGINS": "HTTPS://App.Example.com:443,http://localhost:6274",
        "TELNYX_HTTP_TRUSTED_PROXIES": "10.0.0.2,192.168.0.0/24",
        "TELNYX_HTTP_MAX_BODY": "2048",
        "TELNYX_HTTP_MAX_CONNECTIONS": "10",
        "TELNYX_HTTP_MAX_CALLS": "11",
        "TELNYX_HTTP_MAX_CALLS_PER_CALLER": "12",
        "TELNYX_HTTP_QUEUE_SECONDS": "0.5",
        "TELNYX_HTTP_RECEIVE_SECONDS": "1.5",
        "TELNYX_HTTP_SHUTDOWN_SECONDS": "2.5",
        "TELNYX_HTTP_READY_SECONDS": "3.5",
    }
    assert read_http_settings(given, "h:1", tls_cert="c", tls_key="k") == HttpSettings(
        host="h",
        port=1,
        tls_cert="c",
        tls_key="k",
        allowed_hosts=("mcp.example.com", "[fd00::5]:8000"),
        allowed_origins=("https://app.example.com", "http://localhost:6274"),
        trusted_proxies=("10.0.0.2", "192.168.0.0/24"),
        max_body=2048,
        max_connections=10,
        max_requests=11,
        max_requests_per_caller=12,
        queue_seconds=0.5,
        receive_seconds=1.5,
        shutdown_seconds=2.5,
        ready_seconds=3.5,
    )
    assert read_http_settings({}, "") == HttpSettings()


def test_host_and_origin_are_checked_on_every_address() -> None:
    """Off loopback the server answers to its own address and port, and to the names in its settings."""
    reach = host_policy(HttpSettings(host="mcp.internal", allowed_hosts=("lb:443",)), "10.0.0.5", 8000)
    assert reach.hosts == {("mcp.internal", 8000), ("10.0.0.5", 8000), ("lb", 443)}
    assert "http://10.0.0.5:8000" in reach.origins
    everywhere = host_policy(HttpSettings(host="::"), "::", 8000)
    assert (everywhere.hosts, everywhere.names) == (set(), {"127.0.0.1", "localhost", "::1"})


@pytest.mark.parametrize(("port", "scheme"), [(80, "http"), (443, "https")])
def test_the_default_port_may_be_left_out(port: int, scheme: str) -> None:
    """Clients may leave out the default port, and host names match in any case."""
    reach = host_policy(HttpSettings(host="MCP.internal"), "10.0.0.5", port)
    for host in (f"mcp.internal:{port}", f"10.0.0.5:{port}", "mcp.internal", "10.0.0.5"):
        assert reach.accepts_host([host])
    assert not reach.accepts_host(["mcp.internal:81"])
    assert f"{scheme}://mcp.internal" in reach.origins
