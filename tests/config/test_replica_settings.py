"""The settings for Redis, whose secrets appear in no repr and no error."""

import subprocess
import sys
from pathlib import Path

import pytest

from telnyx_connections_mcp.config.replica_settings import RedisSettings
from telnyx_connections_mcp.config.settings import Settings, read_settings

KEY = {"TELNYX_API_KEY": "KEY0123456789"}
SNAPSHOT_KEY = "q" * 42 + "8="


def of(url: str, **more: str) -> Settings:
    return read_settings(KEY | {"TELNYX_REDIS_URL": url} | more)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://cache", RedisSettings(host="cache")),
        ("rediss://cache:7000/3/", RedisSettings(host="cache", port=7000, tls=True, database=3)),
        ("redis://:p%40ss@[::1]:7000", RedisSettings(host="::1", port=7000, password="p@ss")),
        ("redis://bot:pw@cache", RedisSettings(host="cache", username="bot", password="pw")),
    ],
)
def test_the_address_is_read(url: str, expected: RedisSettings) -> None:
    """The URL gives host, port, TLS, user, password and database."""
    assert of(url).redis == expected


def test_without_an_address_there_is_no_sharing() -> None:
    """Without a URL the other settings for Redis are ignored."""
    assert read_settings(KEY | {"TELNYX_SNAPSHOT_KEY": "x"}) == Settings(api_key=KEY["TELNYX_API_KEY"])
    assert of(" ").redis is None


@pytest.mark.parametrize(
    "url",
    [
        *(
            "cache:6379",
            "http://cache",
            "redis://",
            "redis://s3cret@cache:x",
            "redis://:s3cret@cache?ssl_cert_reqs=none",
        ),
        *("redis://:s3cret@cache/zero", "redis://:s3cret@[cache", "redis://cache#1"),
    ],
)
def test_an_unusable_address_is_reported_without_its_secrets(url: str) -> None:
    """The error is one sentence that says what to set."""
    problem = of(url).problem
    assert problem is not None
    assert problem.startswith("TELNYX_REDIS_URL ")
    assert "s3cret" not in problem
    assert problem.count(". ") == 0


def test_secrets_come_from_files(tmp_path: Path) -> None:
    """The password and the snapshot key come from files; a password in the URL takes precedence."""
    (tmp_path / "password").write_text("from-file\n")
    (tmp_path / "key").write_text(SNAPSHOT_KEY + "\n")
    files = {
        "TELNYX_REDIS_PASSWORD_FILE": str(tmp_path / "password"),
        "TELNYX_SNAPSHOT_KEY_FILE": str(tmp_path / "key"),
    }
    redis = of("redis://cache", **files).redis
    assert redis is not None
    assert redis.password == "from-file"
    assert len(redis.snapshot_key) == 32
    assert "from-file" not in repr(of("redis://cache", **files))
    assert repr(redis.snapshot_key) not in repr(redis)
    assert of("redis://:own@cache", **files).redis == RedisSettings(
        host="cache", password="own", snapshot_key=redis.snapshot_key
    )


@pytest.mark.parametrize("text", ["short", "a" * 44, "not base64 at all, at all, at all, at all, at", "YWJj"])
def test_an_unusable_snapshot_key_is_reported(text: str) -> None:
    """The error says that the key has 32 bytes, and how to make one."""
    problem = of("redis://cache", TELNYX_SNAPSHOT_KEY=text).problem
    assert problem == "TELNYX_SNAPSHOT_KEY must be 32 bytes in base64: create them with openssl rand -base64 32."


def test_a_snapshot_key_may_be_url_safe_base64() -> None:
    """Both alphabets of base64 are read."""
    keys = [of("redis://cache", TELNYX_SNAPSHOT_KEY=text * 10 + "8=") for text in ("++//q", "--__q")]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_an_unreadable_or_empty_file_is_reported(tmp_path: Path) -> None:
    """The error names the variable."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    for name, said in (
        ("missing", "cannot be read (No such file"),
        ("empty", "is empty"),
        ("binary", "not a readable"),
    ):
        problem = of("redis://cache", TELNYX_REDIS_PASSWORD_FILE=str(tmp_path / name)).problem
        assert problem is not None
        assert problem.startswith("The file named by TELNYX_REDIS_PASSWORD_FILE ")
        assert said in problem


def test_a_missing_package_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error gives the command that installs it."""
    monkeypatch.setattr("telnyx_connections_mcp.config.replica_settings.find_spec", lambda _: None)
    assert of("redis://cache").problem == (
        "TELNYX_REDIS_URL is set but a package is missing: run pip install 'telnyx-connections-mcp[redis]'."
    )


def test_redis_is_imported_only_if_configured() -> None:
    """Without the setting Redis is never imported, and with it on the first request."""
    program = """
import sys
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.config.settings import read_settings
server = create_server(read_settings({"TELNYX_API_KEY": "KEY"} | dict(pair.split("=", 1) for pair in sys.argv[1:])))
ours = ("telnyx_connections_mcp.config.replica_settings", "telnyx_connections_mcp.replicas")
print(*(name in sys.modules for name in (*ours, "redis")))
"""
    for arguments, said in (([], "False False False"), (["TELNYX_REDIS_URL=redis://cache"], "True False False")):
        run = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
        assert run.stdout.strip() == said
