"""What the doctor finds out about the settings."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import telnyx_connections_mcp
from telnyx_connections_mcp.cli.doctor.check_result import Step
from telnyx_connections_mcp.cli.doctor.checks_settings import describe_key, nearest_variables
from telnyx_connections_mcp.config.settings_table import BASE_URL, VARIABLES

pytestmark = pytest.mark.anyio
Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
KEY = "KEY0123456789abcdefSECRET"


async def test_a_missing_key_says_where_to_put_one(examined: Examine) -> None:
    """The advice explains why a terminal does not know the key in a client's settings."""
    step = (await examined("key"))["key"]
    assert step.status == "failed"
    assert "TELNYX_API_KEY" in step.detail
    assert "client's configuration" in step.advice


async def test_a_key_is_described_by_its_length_and_end(examined: Examine) -> None:
    """No more is shown, and of two sources the effective one is named."""
    step = (await examined("key", TELNYX_API_KEY=KEY))["key"]
    assert (step.status, step.detail) == ("ok", "From TELNYX_API_KEY: 25 characters, ends in CRET")
    step = (await examined("key", TELNYX_API_KEY_FILE="/nowhere"))["key"]
    assert "TELNYX_API_KEY_FILE is also set, but not read" in step.detail


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("x", "1 character"),
        ("abc", "3 characters"),
        ("abcd1234", "8 characters, ends in 34"),
        ("a" * 40 + "1234", "44 characters, ends in 1234"),
    ],
)
def test_a_short_key_is_not_given_away(key: str, told: str) -> None:
    """At most a quarter of it is shown."""
    assert describe_key(key) == told


async def test_a_key_file_that_others_can_read_is_a_warning(examined: Examine, tmp_path: Path) -> None:
    """The warning gives the command that fixes it."""
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    path.chmod(0o644)
    step = (await examined("key", TELNYX_API_KEY_FILE=str(path)))["key"]
    assert (step.status, step.advice) == ("warning", f"restrict it to yourself: chmod 600 {path}")
    path.chmod(0o600)
    step = (await examined("key", TELNYX_API_KEY_FILE=str(path)))["key"]
    assert step.status == "ok"
    assert step.detail == f"From {path}, the file named by TELNYX_API_KEY_FILE: 25 characters, ends in CRET"


async def test_the_key_file_of_install_is_found(
    examined: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used if no variable names a key, and reported with what is wrong with it."""
    path = tmp_path / "config" / "telnyx-connections-mcp" / "api-key"
    path.parent.mkdir(parents=True)
    path.write_text(KEY)
    path.chmod(0o600)
    steps = await examined("key", "settings")
    assert (steps["key"].status, steps["settings"].detail) == ("ok", "None is set; the defaults apply.")
    assert steps["key"].detail == f"From {path}, created by install: 25 characters, ends in CRET"
    path.write_text("")
    step = (await examined("key"))["key"]
    assert (step.status, step.advice) == ("failed", "put one into it")
    assert f"{path}, created by install, holds no API key" in step.detail
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setattr(Path, "home", _homeless)
    assert "Neither TELNYX_API_KEY" in (await examined("key"))["key"].detail
    path.write_text(KEY)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert "From TELNYX_API_KEY: " in (await examined("key", TELNYX_API_KEY=KEY))["key"].detail


def _homeless() -> Path:
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"TELNYX_API_KEY_FILE": "/nowhere/KEYSECRETKEYSECRET"}, "cannot be read (No such file or directory)"),
        ({"TELNYX_API_KEY": "PASTE_YOUR_TELNYX_API_KEY_HERE"}, "TELNYX_API_KEY holds a placeholder"),
        ({"TELNYX_API_KEY": "KEY with SECRET"}, "holds characters that API keys do not contain"),
    ],
)
async def test_an_unusable_key_is_reported_without_it(examined: Examine, environ: dict[str, str], said: str) -> None:
    """A path that may be a key in the wrong variable is not shown either."""
    step = (await examined("key", **environ))["key"]
    assert step.status == "failed"
    assert said in step.detail
    assert step.advice
    assert "SECRET" not in str(step)


async def test_settings_that_are_set_are_named(examined: Examine) -> None:
    """Only settings with a value are listed."""
    assert (await examined("settings"))["settings"].detail == "None is set; the defaults apply."
    step = (await examined("settings", TELNYX_API_KEY=KEY, TELNYX_TOOL_TIMEOUT="5", TELNYX_LOG_LEVEL=""))["settings"]
    assert (step.status, step.detail) == ("ok", "Set: TELNYX_API_KEY, TELNYX_TOOL_TIMEOUT")


async def test_every_unusable_setting_is_reported(examined: Examine) -> None:
    """Not only the first is reported; key and base URL have their own checks."""
    step = (await examined("settings", TELNYX_TOOL_TIMEOUT="soon", TELNYX_LOG_LEVEL="LOUD", TELNYX_BASE_URL="no"))[
        "settings"
    ]
    assert step.status == "failed"
    assert "TELNYX_TOOL_TIMEOUT must be" in step.detail
    assert "TELNYX_LOG_LEVEL must be" in step.detail
    assert "TELNYX_BASE_URL" not in step.detail
    assert step.advice == "correct it, or remove it to use the default"


async def test_an_unclear_sandbox_setting_is_reported(examined: Examine) -> None:
    """No server would start with it."""
    step = (await examined("settings", TELNYX_SANDBOX="enabld", TELNYX_API_KEY=KEY))["settings"]
    assert step.status == "failed"
    assert "TELNYX_SANDBOX must be yes or no" in step.detail


async def test_misspelt_variables_are_named_without_their_values(examined: Examine) -> None:
    """All of them are listed, each with the nearest existing one."""
    step = (await examined("settings", TELNYX_APIKEY=KEY, TELNYX_BASE_ULR="https://u:pw@h/"))["settings"]
    assert step.status == "warning"
    assert "TELNYX_APIKEY (did you mean TELNYX_API_KEY?)" in step.detail
    assert "TELNYX_BASE_ULR (did you mean TELNYX_BASE_URL?)" in step.detail
    assert KEY not in str(step)


async def test_a_misspelling_that_explains_a_missing_key_comes_first(examined: Examine) -> None:
    """The failed check says which variable to rename."""
    step = (await examined("key", TELNYX_APIKEY=KEY))["key"]
    assert (step.status, step.advice) == ("failed", "rename it to TELNYX_API_KEY")
    assert step.detail == "TELNYX_APIKEY is set, but nothing reads it"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("TELNYX_API_TOKEN", ["TELNYX_API_KEY"]),
        ("TELNYX_API_KEYS", ["TELNYX_API_KEY"]),
        ("telnyx_api_key", ["TELNYX_API_KEY"]),
        ("TELYNX_API_KEY", ["TELNYX_API_KEY"]),
        ("TELNYX_TIMEOUT", ["TELNYX_REQUEST_TIMEOUT", "TELNYX_TOOL_TIMEOUT"]),
        ("TELNYX_PUBLIC_KEY", []),
        ("TELNYX_API_KEY", []),
        ("TELEPORT_HOME", []),
        ("PATH", []),
    ],
)
def test_only_likely_misspellings_are_named(name: str, nearest: list[str]) -> None:
    """Variables of other programs are not reported."""
    assert nearest_variables(name) == nearest


def test_every_variable_that_is_read_is_known() -> None:
    """Every variable that the code reads is a setting, and every setting is read."""
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in Path(telnyx_connections_mcp.__file__).parent.rglob("*.py")
        if path.name != "settings_table.py"
    )
    assert set(re.findall(r'"(TELNYX_[A-Z_]+)"', sources)) <= VARIABLES.keys()
    assert [name for name in VARIABLES if not re.search(rf"\b{name.removeprefix('TELNYX_')}\b", sources)] == []


@pytest.mark.parametrize(
    ("url", "status", "said"),
    [
        ("", "ok", f"{BASE_URL.default}, the default"),
        ("https://eu.telnyx.com/v2", "ok", "https://eu.telnyx.com/v2, from TELNYX_BASE_URL"),
        ("http://127.0.0.1:8787/v2", "ok", "on this machine"),
        ("https://telnyx.com.example/v2", "warning", "your key goes there, not to Telnyx"),
        ("https://x.example/a1b2c3d4e5f6a7b8c9d0SECRET/v2", "warning", "https://x.example/***/v2"),
        ("http://api.telnyx.com/v2", "failed", "must begin with https://"),
        ("https://user:SECRET@api.telnyx.com/v2", "failed", "must not contain a user"),
        ("https://[::1/v2", "failed", "is not a URL"),
    ],
)
async def test_the_base_url_says_where_the_key_goes(examined: Examine, url: str, status: str, said: str) -> None:
    """A host other than Telnyx's is a warning, and secrets in the URL are masked."""
    step = (await examined("base_url", TELNYX_BASE_URL=url))["base_url"]
    assert step.status == status
    assert said in step.detail
    assert "SECRET" not in str(step)


async def test_a_prompts_folder_is_checked(examined: Examine, tmp_path: Path) -> None:
    """The first broken file is named with its line, and so is a missing folder."""
    good = "---\nname: ours\ntitle: Ours\ndescription: Of the team\n---\nDo it our way.\n"
    (tmp_path / "ours.md").write_text(good, encoding="utf-8")
    step = (await examined("settings", TELNYX_PROMPTS=str(tmp_path)))["settings"]
    assert (step.status, step.detail) == ("ok", "Set: TELNYX_PROMPTS")
    (tmp_path / "a.md").write_text("---\nname: x\nname: y\n---\n", encoding="utf-8")
    step = (await examined("settings", TELNYX_PROMPTS=str(tmp_path)))["settings"]
    assert step.status == "warning"
    assert step.detail.startswith(f"TELNYX_PROMPTS: {tmp_path}/a.md, line 3: `name` appears twice")
    assert step.detail.endswith("this prompt is left out")
    (tmp_path / "b.md").write_text(good, encoding="utf-8")
    (tmp_path / "c.md").write_text("", encoding="utf-8")
    step = (await examined("settings", TELNYX_PROMPTS=str(tmp_path)))["settings"]
    assert step.detail.endswith(" (2 more)")
    step = (await examined("settings", TELNYX_PROMPTS=str(tmp_path / "none")))["settings"]
    assert "none cannot be read (No such file or directory)" in step.detail
