"""The environment is read once, and what cannot be used is reported in a sentence, not raised."""

import os
from pathlib import Path

import httpx
import pytest
from mcp.client import Client

from telnyx_connections_mcp.config.key_text import PLACEHOLDER
from telnyx_connections_mcp.config.settings import Settings, read_settings
from telnyx_connections_mcp.mcp_server.app import create_server

KEY = "KEY0123456789ABCDEF"


def test_the_key_comes_from_the_environment_without_surrounding_space() -> None:
    """White space around a pasted key is stripped."""
    assert read_settings({"TELNYX_API_KEY": f" {KEY}\n"}) == Settings(api_key=KEY)


def test_the_key_comes_from_a_file_when_the_variable_is_empty(tmp_path: Path) -> None:
    """A key file may end in a line break or begin with a byte-order mark."""
    file = tmp_path / "key"
    file.write_text(f"\ufeff{KEY}\n", encoding="utf-8")
    assert read_settings({"TELNYX_API_KEY": "", "TELNYX_API_KEY_FILE": str(file)}).api_key == KEY


def test_the_key_is_in_no_repr() -> None:
    """The repr of the settings does not show the key."""
    assert KEY not in repr(Settings(api_key=KEY))


def test_the_sandbox_reads_no_key() -> None:
    """With --sandbox or TELNYX_SANDBOX the key is not read."""
    for settings in (
        read_settings({"TELNYX_API_KEY": KEY}, sandbox=True),
        read_settings({"TELNYX_API_KEY": KEY, "TELNYX_SANDBOX": "1"}),
    ):
        assert settings == Settings(sandbox=True)


def test_all_settings_are_read() -> None:
    """Base URL, time limits and log level come from the environment, and a flag overrides its variable."""
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
        ({"TELNYX_API_KEY": PLACEHOLDER}, "placeholder"),
        ({"TELNYX_API_KEY": "${TELNYX_API_KEY}"}, "placeholder"),
        ({"TELNYX_API_KEY": "KEY01\x0023456789"}, "characters that API keys do not contain"),
        ({"TELNYX_API_KEY": "KEYé123456789"}, "characters that API keys do not contain"),
        ({"TELNYX_API_KEY": "two words"}, "characters that API keys do not contain"),
        ({"TELNYX_API_KEY": '"KEY0123456789"'}, "TELNYX_API_KEY holds a key in quotation marks: remove them"),
        ({"TELNYX_API_KEY": "'KEY0123456789"}, "quotation marks"),
        ({"TELNYX_API_KEY_FILE": os.devnull}, "The file named by TELNYX_API_KEY_FILE is empty"),
        ({"TELNYX_API_KEY_FILE": "/does/not/exist"}, "cannot be read (No such file or directory)"),
        ({"TELNYX_API_KEY_FILE": "~nobody-of-that-name/key"}, "cannot be read"),
        ({"TELNYX_BASE_URL": "http://api.telnyx.com/v2"}, "must begin with https://"),
        ({"TELNYX_BASE_URL": "http://10.0.0.1/v2"}, "must begin with https://"),
        ({"TELNYX_BASE_URL": "ftp://localhost/v2"}, "must begin with https://"),
        ({"TELNYX_BASE_URL": "https://user@api.telnyx.com/v2"}, "must not contain a user"),
        ({"TELNYX_BASE_URL": "https://api.telnyx.com/v2?x=1"}, "must not contain a user"),
        ({"TELNYX_BASE_URL": "https://api.telnyx.com/v2#x"}, "must not contain a user"),
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
def test_an_unusable_setting_is_reported(environ: dict[str, str], said: str) -> None:
    """The problem is one sentence that names the variable and never quotes the key."""
    if not any(name.startswith("TELNYX_API") for name in environ) and said != "No Telnyx API key is set":
        environ = {"TELNYX_API_KEY": KEY} | environ
    problem = read_settings(environ).problem or ""
    assert said in problem
    assert "\n" not in problem
    assert environ.get("TELNYX_API_KEY", KEY) not in problem


SLIPS = {
    "placeholder": [
        *("$TELNYX_API_KEY", "${TELNYX_API_KEY}", "%TELNYX_API_KEY%", "{env:TELNYX_API_KEY}", "{{TELNYX_API_KEY}}"),
        *("${{ secrets.TELNYX_API_KEY }}", "$(cat key)", "<your key>", "[YOUR KEY]", "#{key}", "@key@", "!key!"),
        *("undefined", "null", "None", "NULL", "n/a", "YOUR_API_KEY", "your-telnyx-api-key-here", "INSERT_KEY_HERE"),
        *("KEY_HERE", "process.env.TELNYX_API_KEY", "os.environ", "import.meta.env.KEY"),
        *("changeme", "Change-Me", "telnyx_api_key", "placeholder", "KEY...", "KEY01234…", "KEY****", "xxxxxxxx"),
        *("KEY_XXXXXXXX", "op://vault/telnyx/key", "vault://secret", "true"),
    ],
    "holds more than the key": [
        *(f"TELNYX_API_KEY={KEY}", f"export TELNYX_API_KEY={KEY}", f"set TELNYX_API_KEY={KEY}", f"setx X {KEY}"),
        *(f'$env:TELNYX_API_KEY = "{KEY}', f"Bearer {KEY}", f"bearer\t{KEY}", f"Authorization: Bearer {KEY}"),
        *(f"api_key: {KEY}", f'{{"api_key": "{KEY}"}}', f"--key {KEY}", f"env:{KEY}"),
    ],
    "in quotation marks": [f'"{KEY}"', f"'{KEY}'", f"`{KEY}`", f"\u201c{KEY}\u201d", f"\u00ab{KEY}\u00bb", f'{KEY}"'],
    "several lines": [f"{KEY}\n{KEY}", f"# mine\r\n{KEY}", f"TELNYX_API_KEY={KEY}\rX=1"],
    "a path instead of a key": ["/run/secrets/key", "~/key", "./key", r"C:\keys\telnyx", r"\\host\key"],
    "more than 512 characters": ["K" * 513],
    "characters that API keys do not contain": [
        f"{KEY},",
        f"{KEY};",
        "KEY\u200b0123",
        f"{KEY} x",
        "KEY\u0430123",
        f"{KEY}\\n",
    ],
}


@pytest.mark.anyio
@pytest.mark.parametrize(("said", "key"), [(said, key) for said, keys in SLIPS.items() for key in keys])
async def test_an_unusable_key_is_reported_and_never_sent(tmp_path: Path, said: str, key: str) -> None:
    """Every tool reports a placeholder or a mistyped key, from the variable or a file."""
    file = tmp_path / "key"
    file.write_bytes(key.encode())
    asked: list[httpx.Request] = []
    network = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(500))
    for environ in ({"TELNYX_API_KEY": f" {key} "}, {"TELNYX_API_KEY_FILE": str(file)}):
        async with Client(create_server(read_settings(environ), lambda: network)) as client:
            result = await client.call_tool("list_connections", {})
        assert result.is_error
        told = result.content[0].text  # type: ignore[union-attr]  # a text
        assert said in told
        assert KEY not in told
        assert "\n" not in told
    assert asked == []


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        "KEY_SANDBOX",
        "KEY0198A_b-c.d~e+f/g==",
        "key",
        "KEY",
        "xyz",
        "nullify",
        "the-1",
        "true1",
        f"{KEY}xxxx",
        "a==",
    ],
)
def test_any_possible_bearer_token_is_accepted(key: str) -> None:
    """Anything that RFC 6750 allows is accepted, because only Telnyx knows its keys."""
    assert read_settings({"TELNYX_API_KEY": key}) == Settings(api_key=key)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", " \r\n\r\n"])
def test_a_key_file_may_come_from_any_editor(tmp_path: Path, encoding: str, end: str) -> None:
    """A key file may be UTF-8 or UTF-16, which Windows writes, with or without a byte-order mark."""
    file = tmp_path / "key"
    file.write_bytes(f"{KEY}{end}".encode(encoding))
    assert read_settings({"TELNYX_API_KEY_FILE": str(file)}) == Settings(api_key=KEY)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff" * 20, "cannot be read (not a readable text file)"),
        (KEY.encode("utf-32"), "characters that API keys do not contain"),
        (b"K" * 65537, "cannot be read (it is longer than 64 KiB)"),
        (b"\xff\xfeK", "cannot be read (not a readable text file)"),
        (b" \n", "is empty"),
    ],
)
def test_an_unusable_key_file_is_reported(tmp_path: Path, data: bytes, said: str) -> None:
    """Files in other encodings, binary files and huge files are reported."""
    file = tmp_path / "key"
    file.write_bytes(data)
    assert said in (read_settings({"TELNYX_API_KEY_FILE": str(file)}).problem or "")


@pytest.mark.parametrize("name", ["TELNYX_SANDBOX", "TELNYX_LOG_ARGUMENTS"])
def test_yes_and_no_have_many_spellings(name: str) -> None:
    """Anything that is neither is rejected, so that a mistyped sandbox never becomes the real account."""
    field = name.removeprefix("TELNYX_").lower()
    for word in ("1", "true", "TRUE", "Yes", "on", "ENABLED", "enable", "y", "T", " on "):
        assert getattr(read_settings({"TELNYX_API_KEY": KEY, name: word}), field) is True
    for word in ("", " ", "0", "false", "No", "OFF", "disabled", "n", "f"):
        settings = read_settings({"TELNYX_API_KEY": KEY, name: word})
        assert (getattr(settings, field), settings.problem) == (False, None)
    for word in ("2", "maybe", "sandbox", "enabld", "-1", "1.0", "'1'", "ja", "on off", "\u0661"):
        settings = read_settings({"TELNYX_API_KEY": KEY, name: word})
        assert settings.problem == f"{name} must be yes or no (or 1 or 0, true or false, on or off)."
        assert (settings.sandbox, settings.api_key) == (False, "")


@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "-inf", "1e2", "1e9", "-5", "10s", "10 s", "1_0", "1,000", "0x10", "\u0661\u0662", "9" * 400, "."],
)
@pytest.mark.parametrize(
    "name",
    ["TELNYX_REQUEST_TIMEOUT", "TELNYX_TOOL_TIMEOUT", "TELNYX_SNAPSHOT_SECONDS", "TELNYX_MAX_ANSWER_TOKENS"],
)
def test_a_number_is_digits(name: str, text: str) -> None:
    """A number has no unit, no exponent and none of Python's other spellings."""
    problem = read_settings({"TELNYX_API_KEY": KEY, name: text}).problem or ""
    assert problem.startswith(f"{name} must be a number")
    assert problem.endswith(", in digits and without a unit.")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://api.telnyx.com:99999/v2",
            "https://api.telnyx.com:0/v2",
            "https://api.telnyx.com:-1",
            "https://[::1",
        ),
        *(
            "https://a..b/v2",
            "https://-a.example",
            "https://a-.example",
            "https://1.2.3",
        ),
        *(
            "https://999.1.1.1/v2",
            "https://api.telnyx.com\\v2",
            "https://%61pi.telnyx.com",
            "https://*",
        ),
        *("https://\u0430pi.telnyx.com", "https://api.telnyx.com/v2\u200b", "https://a b/", "https:/api.telnyx.com/v2"),
        *(
            "api.telnyx.com/v2",
            "https://api.telnyx.com:١",
            "https://",
            f"https://{'a.' * 127}aa",
            "https://h:6153export",
        ),
    ],
)
def test_an_invalid_base_url_is_reported(url: str) -> None:
    """An invalid base URL is reported before any name is resolved."""
    problem = read_settings({"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": url}).problem or ""
    assert problem == "TELNYX_BASE_URL is not a URL: set it to https://HOST/v2 or leave it out."


def test_the_scheme_of_a_base_url_may_be_in_capitals() -> None:
    """The scheme is lower-cased, because certificates are checked for `https` only."""
    settings = read_settings({"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": "HTTPS://API.telnyx.com./v2/"})
    assert settings.base_url == "https://API.telnyx.com./v2"


@pytest.mark.parametrize("host", ["localhost:8787", "127.0.0.1:1", "127.8.8.8", "[::1]:8787"])
def test_plain_http_is_allowed_on_loopback(host: str) -> None:
    """Loopback addresses may be used without TLS."""
    assert read_settings({"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": f"http://{host}/v2"}).problem is None


def test_a_team_s_prompts_folder_comes_from_its_variable(tmp_path: Path) -> None:
    """A relative path is resolved from the working directory, even if another setting is wrong."""
    assert read_settings({}).prompts is None
    assert read_settings({"TELNYX_PROMPTS": " "}).prompts is None
    assert read_settings({"TELNYX_PROMPTS": str(tmp_path)}).prompts == tmp_path
    assert read_settings({"TELNYX_PROMPTS": "ours"}, sandbox=True).prompts == Path.cwd() / "ours"
    assert read_settings({"TELNYX_PROMPTS": "~/ours"}).prompts == Path.home() / "ours"
    assert read_settings({"TELNYX_PROMPTS": "~nobody-of-that-name/ours"}).prompts is not None
    broken = read_settings({"TELNYX_PROMPTS": "ours", "TELNYX_TOOL_TIMEOUT": "soon"}, sandbox=True)
    assert broken.problem
    assert broken.prompts == Path.cwd() / "ours"
