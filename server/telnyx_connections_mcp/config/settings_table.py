"""Every setting, declared once.

The dataclasses that hold them, the options of `serve`, the doctor and docs/settings.md take everything from here. To
add one, write an entry, and a field `from_environment` in the dataclass of the code that uses it.
"""

from collections.abc import Iterable
from typing import Any

from telnyx_connections_mcp.config import list_items
from telnyx_connections_mcp.config.environment import Choice, Listed, Number, Setting, Switch, Text, WholeNumber

_SECONDS = "a number of seconds above 0 and up to {high:g}"
_PLAIN = "a number from {low:g} to {high:.0f}"

API_KEY = Setting(variable="TELNYX_API_KEY", meaning="API key", type=Text(), group="everywhere", default="")
API_KEY_FILE = Setting(
    variable="TELNYX_API_KEY_FILE",
    meaning=f"file that holds the key; read if `{API_KEY.variable}` is empty",
    type=Text(),
    group="everywhere",
    default="",
)
BASE_URL = Setting(
    variable="TELNYX_BASE_URL",
    meaning="alternative address of the API; https, or http for this machine",
    type=Text(),
    group="everywhere",
    default="https://api.telnyx.com/v2",
)
SANDBOX = Setting(
    variable="TELNYX_SANDBOX",
    meaning="use the built-in sandbox account, which needs no key",
    type=Switch(),
    group="everywhere",
    default=False,
    flag="--sandbox",
)
PROMPTS = Setting(
    variable="TELNYX_PROMPTS",
    meaning="folder of your own prompts (`*.md`); they replace built-in ones of the same name",
    type=Text(),
    group="everywhere",
    default="",
    flag="--prompts",
    metavar="DIR",
)
REQUEST_TIMEOUT = Setting(
    variable="TELNYX_REQUEST_TIMEOUT",
    meaning="seconds that a request to Telnyx may wait for the network",
    type=Number(0.001, 3600, _SECONDS),
    group="everywhere",
    default=10.0,
)
TOOL_TIMEOUT = Setting(
    variable="TELNYX_TOOL_TIMEOUT",
    meaning="seconds that a tool call may take in total, including retries",
    type=Number(0.001, 3600, _SECONDS),
    group="everywhere",
    default=25.0,
)
SNAPSHOT_SECONDS = Setting(
    variable="TELNYX_SNAPSHOT_SECONDS",
    meaning="seconds for which a snapshot of the account answers further questions; 0 turns it off",
    type=Number(0, 3600, _PLAIN),
    group="everywhere",
    default=30.0,
)
MAX_ANSWER_TOKENS = Setting(
    variable="TELNYX_MAX_ANSWER_TOKENS",
    meaning="approximate maximum size of an answer in tokens",
    type=WholeNumber(2000, 1_000_000, _PLAIN),
    group="everywhere",
    default=10_000,
)
QUERY = Setting(
    variable="TELNYX_QUERY",
    meaning="offer `query_account`, which runs a SELECT over a snapshot in a process of its own",
    type=Switch(),
    group="everywhere",
    default=True,
)
APP = Setting(
    variable="TELNYX_APP",
    meaning="show answers as an interactive page in clients that support MCP Apps",
    type=Switch(),
    group="everywhere",
    default=True,
)
LOG_LEVEL = Setting(
    variable="TELNYX_LOG_LEVEL",
    meaning="lowest level logged to stderr",
    type=Choice("DEBUG", "INFO", "WARNING", "ERROR"),
    group="everywhere",
    default="WARNING",
    flag="--log-level",
)
LOG_FORMAT = Setting(
    variable="TELNYX_LOG_FORMAT",
    meaning="log lines as text or as JSON objects",
    type=Choice("text", "json"),
    group="everywhere",
    default="text",
    flag="--log-format",
)
LOG_ARGUMENTS = Setting(
    variable="TELNYX_LOG_ARGUMENTS",
    meaning="include the arguments in each request's log line",
    type=Switch(),
    group="everywhere",
    default=False,
)

ACCOUNTS = Setting(
    variable="TELNYX_ACCOUNTS",
    meaning="TOML file that names several Telnyx accounts",
    type=Text(),
    group="team",
    default="",
    flag="--accounts",
    metavar="FILE",
)
HTTP_ALLOWED_HOSTS = Setting(
    variable="TELNYX_HTTP_ALLOWED_HOSTS",
    meaning="names, or NAME:PORT, accepted in the `Host` header in addition to the listening address",
    type=Listed(
        list_items.host, takes="names with or without a port", example="mcp.example.com,10.0.0.5:8000 or [fd00::5]"
    ),
    group="team",
    default=(),
    unset="none",
)
HTTP_ALLOWED_ORIGINS = Setting(
    variable="TELNYX_HTTP_ALLOWED_ORIGINS",
    meaning="origins of web pages that may send requests",
    type=Listed(list_items.origin, takes="origins without a path", example="https://app.example.com"),
    group="team",
    default=(),
    unset="none",
)
HTTP_TRUSTED_PROXIES = Setting(
    variable="TELNYX_HTTP_TRUSTED_PROXIES",
    meaning="addresses or networks whose `X-Forwarded-*` is believed",
    type=Listed(list_items.network, takes="addresses or networks", example="10.0.0.2,192.168.0.0/24"),
    group="team",
    default=(),
    unset="none",
)
HTTP_MAX_BODY = Setting(
    variable="TELNYX_HTTP_MAX_BODY",
    meaning="maximum size of a request body in bytes",
    type=WholeNumber(1024, 64 * 1024 * 1024),
    group="team",
    default=256 * 1024,
)
HTTP_MAX_CONNECTIONS = Setting(
    variable="TELNYX_HTTP_MAX_CONNECTIONS",
    meaning="maximum number of open connections",
    type=WholeNumber(1, 1_000_000),
    group="team",
    default=900,
)
HTTP_MAX_CALLS = Setting(
    variable="TELNYX_HTTP_MAX_CALLS",
    meaning="maximum number of concurrent requests for tools and resources",
    type=WholeNumber(1, 100_000),
    group="team",
    default=64,
)
HTTP_MAX_CALLS_PER_CALLER = Setting(
    variable="TELNYX_HTTP_MAX_CALLS_PER_CALLER",
    meaning="the same, per caller",
    type=WholeNumber(1, 100_000),
    group="team",
    default=16,
)
HTTP_QUEUE_SECONDS = Setting(
    variable="TELNYX_HTTP_QUEUE_SECONDS",
    meaning="seconds a request waits for its turn before it is told to retry",
    type=Number(0, 3600),
    group="team",
    default=5.0,
)
HTTP_RECEIVE_SECONDS = Setting(
    variable="TELNYX_HTTP_RECEIVE_SECONDS",
    meaning="seconds a client may take to send a request or receive a response",
    type=Number(0.1, 3600),
    group="team",
    default=10.0,
)
HTTP_SHUTDOWN_SECONDS = Setting(
    variable="TELNYX_HTTP_SHUTDOWN_SECONDS",
    meaning="seconds that requests in flight may take to finish once the server is stopping",
    type=Number(0, 3600),
    group="team",
    default=30.0,
)
HTTP_READY_SECONDS = Setting(
    variable="TELNYX_HTTP_READY_SECONDS",
    meaning="maximum age in seconds of what `/readyz` reports about Telnyx",
    type=Number(1, 3600),
    group="team",
    default=10.0,
)
HTTP_TOKENS = Setting(
    variable="TELNYX_HTTP_TOKENS",
    meaning="file of bearer tokens for callers over HTTP, created by `token new`",
    type=Text(),
    group="team",
    default="",
    flag="--tokens",
    metavar="FILE",
)
OAUTH_ISSUER = Setting(
    variable="TELNYX_OAUTH_ISSUER",
    meaning="URL of an OAuth 2.1 issuer whose JWTs are accepted",
    type=Text(),
    group="team",
    default="",
)
OAUTH_AUDIENCE = Setting(
    variable="TELNYX_OAUTH_AUDIENCE",
    meaning="public URL of this server; further audiences may follow, separated by spaces",
    type=Text(),
    group="team",
    default="",
)
OAUTH_JWKS_URL = Setting(
    variable="TELNYX_OAUTH_JWKS_URL",
    meaning="URL of the issuer's keys",
    type=Text(),
    group="team",
    default="",
    unset="as its metadata says",
)
OAUTH_SCOPES = Setting(
    variable="TELNYX_OAUTH_SCOPES",
    meaning="space-separated scopes that every JWT must grant",
    type=Text(),
    group="team",
    default="",
)
OAUTH_ACCOUNT_CLAIM = Setting(
    variable="TELNYX_OAUTH_ACCOUNT_CLAIM",
    meaning="claim that names a caller's Telnyx accounts",
    type=Text(),
    group="team",
    default="",
)
REDIS_URL = Setting(
    variable="TELNYX_REDIS_URL",
    meaning="Redis or Valkey server that replicas share: `redis://` or `rediss://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`",
    type=Text(),
    group="team",
    default="",
)
REDIS_PASSWORD_FILE = Setting(
    variable="TELNYX_REDIS_PASSWORD_FILE",
    meaning=f"file that holds its password, if `{REDIS_URL.variable}` has none",
    type=Text(),
    group="team",
    default="",
)
SNAPSHOT_KEY = Setting(
    variable="TELNYX_SNAPSHOT_KEY",
    meaning="32 bytes in base64 known only to the replicas, mixed into the encryption of shared snapshots",
    type=Text(),
    group="team",
    default="",
)
SNAPSHOT_KEY_FILE = Setting(
    variable="TELNYX_SNAPSHOT_KEY_FILE",
    meaning=f"file that holds `{SNAPSHOT_KEY.variable}`",
    type=Text(),
    group="team",
    default="",
)


def by_variable(settings: Iterable[Setting[Any]]) -> dict[str, Setting[Any]]:
    """The settings by their variable. Raises `ValueError` if two share a variable or a flag."""
    known: dict[str, Setting[Any]] = {}
    flags: set[str] = set()
    for setting in settings:
        if setting.variable in known or setting.flag in flags:
            raise ValueError(f"{setting.variable} or its flag is stated twice.")
        known[setting.variable] = setting
        flags |= {setting.flag} - {""}
    return known


VARIABLES = by_variable([each for each in globals().values() if isinstance(each, Setting)])
"""All of the above. Any other variable with a similar name is probably misspelled."""
