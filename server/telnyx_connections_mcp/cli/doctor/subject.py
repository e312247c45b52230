"""What is checked: this machine's environment, and the settings that the server would read from it."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from telnyx_connections_mcp.config.accounts import Accounts, read_accounts
from telnyx_connections_mcp.config.key_file import fallback_key_file
from telnyx_connections_mcp.config.settings import Settings, read_settings
from telnyx_connections_mcp.config.settings_table import ACCOUNTS, API_KEY, API_KEY_FILE, BASE_URL, VARIABLES
from telnyx_connections_mcp.redaction.own_keys import OwnSecrets
from telnyx_connections_mcp.telnyx.address import named_proxy
from telnyx_connections_mcp.text.cleaning import clean, cut
from telnyx_connections_mcp.text.small_files import open_file

KEY_VARIABLES = (API_KEY.variable, API_KEY_FILE.variable)
_HIDDEN = "[hidden]"
_SHORTEST_SECRET = 4
_LONGEST_KEY_FILE = 65536


@dataclass(frozen=True, slots=True)
class Subject:
    """The environment (of this process, since proxies and authorities are read from it) and the settings in it."""

    environ: Mapping[str, str] = field(repr=False)
    settings: Settings
    """The server's settings; one unusable variable makes them unusable."""
    accounts: Mapping[str, Settings]
    """The same for each Telnyx account, by its name: one, unless TELNYX_ACCOUNTS names several."""
    base_url: str
    """The base URL of the default account, whatever is wrong with the other settings."""
    secrets: OwnSecrets = field(repr=False)
    """What must never be shown."""
    own_key_file: Path | None = None
    """The key file of `install`, if the key comes from it."""

    @property
    def sandbox(self) -> bool:
        """Whether the embedded sandbox replaces Telnyx."""
        return self.settings.sandbox

    def shown(self, text: str, limit: int = 600) -> str:
        """`text` as it may be shown: clean, cut, and without secrets."""
        return cut(self.secrets.redact(clean(text)), limit)


def subject_of(environ: Mapping[str, str], *, sandbox: bool = False) -> Subject:
    """The subject for this environment and flag."""
    own_key = fallback_key_file(environ)
    if own_key is not None:
        environ = {**environ, API_KEY_FILE.variable: str(own_key)}
    accounts = read_accounts(environ, sandbox=sandbox, where="in the environment")
    first = accounts.by_name[accounts.default or next(iter(accounts.by_name))]
    keys = {settings.api_key for each in (accounts, accounts_of(environ)) for settings in each.by_name.values()}
    return Subject(
        environ=environ,
        settings=accounts.settings,
        accounts=accounts.by_name,
        base_url=settings_of(environ, BASE_URL.variable).base_url if first.problem else first.base_url,
        secrets=_secrets(environ, keys),
        own_key_file=own_key,
    )


def accounts_of(environ: Mapping[str, str]) -> Accounts:
    """The accounts that the file named by TELNYX_ACCOUNTS describes, whatever is wrong with the other variables."""
    other = VARIABLES.keys() - {ACCOUNTS.variable, *KEY_VARIABLES}
    return read_accounts({name: value for name, value in environ.items() if name not in other})


def settings_of(environ: Mapping[str, str], *names: str) -> Settings:
    """The settings that these variables alone describe, so that each one's problem is seen for itself.

    Without the key's variables, no key is required.
    """
    chosen = {name: environ[name] for name in names if name in environ}
    return read_settings(chosen, needs_key=bool(set(names) & set(KEY_VARIABLES)), where="in the environment")


def _secrets(environ: Mapping[str, str], keys: set[str]) -> OwnSecrets:
    unread = API_KEY.read(environ), _key_file_text(API_KEY_FILE.read(environ))
    found = {*keys, *unread}
    for url in (BASE_URL.read(environ), *(named_proxy(scheme) or "" for scheme in ("http", "https"))):
        found |= _userinfo_of(url)
    return OwnSecrets(found, _HIDDEN, _SHORTEST_SECRET)


def _key_file_text(path: str) -> str:
    """The text of the key file; empty if there is none."""
    if not path:
        return ""
    try:
        with open_file(Path(path)) as file:
            return file.read(_LONGEST_KEY_FILE).decode("utf-8-sig", errors="replace").strip()
    except (OSError, ValueError, RuntimeError):
        return ""


def _userinfo_of(url: str) -> set[str]:
    """The password of a URL as written, decoded, and as in a basic authentication header."""
    try:
        authority = urlsplit(url.strip()).netloc
    except ValueError:
        return set()
    userinfo, at, _ = authority.rpartition("@")
    if not at:
        return set()
    password = userinfo.partition(":")[2] or userinfo
    decoded = unquote(userinfo)
    return {password, unquote(password), userinfo, decoded, b64encode(decoded.encode()).decode()}
