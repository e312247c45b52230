"""The environment is read once; what cannot be used is said in a sentence, never raised."""

import os
from pathlib import Path

import pytest

from telnyx_connections_mcp.settings import KEY_PLACEHOLDER, Settings, read_settings

KEY = "KEY0123456789ABCDEF"


def test_the_key_comes_from_the_environment_without_surrounding_space() -> None:
    """A pasted key may bring white space along."""
    assert read_settings({"TELNYX_API_KEY": f" {KEY}\n"}) == Settings(api_key=KEY)


def test_the_key_comes_from_a_file_when_the_variable_is_empty(tmp_path: Path) -> None:
    """A key file may end in a line break or begin with a byte-order mark."""
    file = tmp_path / "key"
    file.write_text(f"\ufeff{KEY}\n", encoding="utf-8")
    assert read_settings({"TELNYX_API_KEY": "", "TELNYX_API_KEY_FILE": str(file)}).api_key == KEY


def test_the_key_is_in_no_repr() -> None:
    """A logged settings object tells no secret."""
    assert KEY not in repr(Settings(api_key=KEY))


def test_the_sandbox_reads_no_key() -> None:
    """With --sandbox or TELNYX_SANDBOX a key that is set is not even read."""
    for settings in (
        read_settings({"TELNYX_API_KEY": KEY}, sandbox=True),
        read_settings({"TELNYX_API_KEY": KEY, "TELNYX_SANDBOX": "1"}),
    ):
        assert settings == Settings(sandbox=True)


def test_all_settings_are_read() -> None:
    """Base URL, time limits and log level come from the environment; a flag wins over its variable."""
    environ = {
        "TELNYX_API_KEY": KEY,
        "TELNYX_BASE_URL": "http://127.0.0.1:8787/v2/",
        "TELNYX_REQUEST_TIMEOUT": "2.5",
        "TELNYX_TOOL_TIMEOUT": "60",
        "TELNYX_LOG_LEVEL": "info",
    }
    expected = Settings(
        api_key=KEY, base_url="http://127.0.0.1:8787/v2", request_timeout=2.5, tool_timeout=60, log_level="INFO"
    )
    assert read_settings(environ) == expected
    assert read_settings(environ | {"TELNYX_LOG_LEVEL": "debug"}).log_level == "DEBUG"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "No Telnyx API key is set"),
        ({"TELNYX_API_KEY": KEY_PLACEHOLDER}, "placeholder"),
        ({"TELNYX_API_KEY": "${TELNYX_API_KEY}"}, "placeholder"),
        ({"TELNYX_API_KEY": "KEY01\x0023456789"}, "characters that no API key has"),
        ({"TELNYX_API_KEY": "KEYé123456789"}, "characters that no API key has"),
        ({"TELNYX_API_KEY": "two words"}, "characters that no API key has"),
        ({"TELNYX_API_KEY": '"KEY0123456789"'}, "TELNYX_API_KEY holds a key in quotation marks: leave those out"),
        ({"TELNYX_API_KEY": "'KEY0123456789"}, "quotation marks"),
        ({"TELNYX_API_KEY_FILE": os.devnull}, "The file of TELNYX_API_KEY_FILE is empty"),
        ({"TELNYX_API_KEY_FILE": "/does/not/exist"}, "cannot be read (No such file or directory)"),
        ({"TELNYX_API_KEY_FILE": "~nobody-of-that-name/key"}, "cannot be read"),
        ({"TELNYX_BASE_URL": "http://api.telnyx.com/v2"}, "must begin with https://"),
        ({"TELNYX_BASE_URL": "http://10.0.0.1/v2"}, "must begin with https://"),
        ({"TELNYX_BASE_URL": "ftp://localhost/v2"}, "must begin with https://"),
        ({"TELNYX_BASE_URL": "https://user@api.telnyx.com/v2"}, "must not hold a user"),
        ({"TELNYX_BASE_URL": "https://api.telnyx.com/v2?x=1"}, "must not hold a user"),
        ({"TELNYX_BASE_URL": "https://api.telnyx.com/v2#x"}, "must not hold a user"),
        ({"TELNYX_BASE_URL": "https://api telnyx.com"}, "is not a URL"),
        ({"TELNYX_BASE_URL": "https:///v2"}, "is not a URL"),
        ({"TELNYX_BASE_URL": "https://h:port/v2"}, "is not a URL"),
        ({"TELNYX_REQUEST_TIMEOUT": "soon"}, "TELNYX_REQUEST_TIMEOUT must be a number of seconds"),
        ({"TELNYX_TOOL_TIMEOUT": "0"}, "TELNYX_TOOL_TIMEOUT must be a number of seconds"),
        ({"TELNYX_TOOL_TIMEOUT": "nan"}, "TELNYX_TOOL_TIMEOUT must be a number of seconds"),
        ({"TELNYX_SNAPSHOT_SECONDS": "-1"}, "TELNYX_SNAPSHOT_SECONDS must be a number from 0 to 3600"),
        ({"TELNYX_MAX_ANSWER_TOKENS": "many"}, "TELNYX_MAX_ANSWER_TOKENS must be a number from 2000 to 1000000"),
        ({"TELNYX_LOG_LEVEL": "loud"}, "TELNYX_LOG_LEVEL must be one of"),
        ({"TELNYX_LOG_FORMAT": "xml"}, "TELNYX_LOG_FORMAT must be one of"),
    ],
)
def test_what_cannot_be_used_is_said(environ: dict[str, str], said: str) -> None:
    """The problem is one sentence that names the variable, and never quotes the key."""
    if not any(name.startswith("TELNYX_API") for name in environ) and said != "No Telnyx API key is set":
        environ = {"TELNYX_API_KEY": KEY} | environ
    problem = read_settings(environ).problem or ""
    assert said in problem
    assert "\n" not in problem
    assert environ.get("TELNYX_API_KEY", KEY) not in problem


@pytest.mark.parametrize("host", ["localhost:8787", "127.0.0.1:1", "127.8.8.8", "[::1]:8787"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    """Loopback addresses may be reached without TLS."""
    assert read_settings({"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": f"http://{host}/v2"}).problem is None


def test_a_team_s_prompts_folder_comes_from_its_variable(tmp_path: Path) -> None:
    """A relative path counts from where the server was started; a broken setting elsewhere keeps it."""
    assert read_settings({}).prompts is None
    assert read_settings({"TELNYX_PROMPTS": " "}).prompts is None
    assert read_settings({"TELNYX_PROMPTS": str(tmp_path)}).prompts == tmp_path
    assert read_settings({"TELNYX_PROMPTS": "ours"}, sandbox=True).prompts == Path.cwd() / "ours"
    assert read_settings({"TELNYX_PROMPTS": "~/ours"}).prompts == Path.home() / "ours"
    assert read_settings({"TELNYX_PROMPTS": "~nobody-of-that-name/ours"}).prompts is not None
    broken = read_settings({"TELNYX_PROMPTS": "ours", "TELNYX_TOOL_TIMEOUT": "soon"}, sandbox=True)
    assert broken.problem
    assert broken.prompts == Path.cwd() / "ours"
