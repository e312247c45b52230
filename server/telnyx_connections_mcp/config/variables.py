"""Every variable of the environment that this server reads, for the doctor and the README.

Each is read by the module its setting belongs to: settings.py, accounts.py and *_settings.py.
"""

from typing import NamedTuple


class Variable(NamedTuple):
    """What a variable means and, where something holds without it, what."""

    meaning: str
    default: str = ""


EVERYWHERE = {
    "TELNYX_API_KEY": Variable("the API key"),
    "TELNYX_API_KEY_FILE": Variable("a file that holds the key, read when the variable above is empty"),
    "TELNYX_BASE_URL": Variable(
        "another address of the API; https, or http to this machine", "https://api.telnyx.com/v2"
    ),
    "TELNYX_SANDBOX": Variable("`1` or another word for yes: the embedded sandbox account, as `--sandbox`"),
    "TELNYX_PROMPTS": Variable("a folder of your own prompts, as `--prompts`; one named like ours wins"),
    "TELNYX_REQUEST_TIMEOUT": Variable("seconds that one request may wait for the network", "10"),
    "TELNYX_TOOL_TIMEOUT": Variable("seconds that one call may take in all, retries included", "25"),
    "TELNYX_SNAPSHOT_SECONDS": Variable(
        "for how long a fleet that was read answers further questions; 0 turns it off", "30"
    ),
    "TELNYX_MAX_ANSWER_TOKENS": Variable("about how many tokens an answer may cost, 2,000 or more", "10000"),
    "TELNYX_LOG_LEVEL": Variable("`DEBUG`, `INFO`, `WARNING` or `ERROR`, on stderr; also `--log-level`", "WARNING"),
    "TELNYX_LOG_FORMAT": Variable("`text`, or `json`: an object a line; also `--log-format`", "text"),
    "TELNYX_LOG_ARGUMENTS": Variable("`1` or another word for yes: the line about a call holds what was asked, too"),
}

FOR_A_TEAM = {
    "TELNYX_ACCOUNTS": Variable("a TOML file that names several Telnyx accounts, as `--accounts`"),
    "TELNYX_HTTP_ALLOWED_HOSTS": Variable(
        "names, or NAME:PORT, that a `Host` header may hold beside the address listened on, separated by commas"
    ),
    "TELNYX_HTTP_ALLOWED_ORIGINS": Variable("origins of web pages that may call, separated by commas", "none"),
    "TELNYX_HTTP_TRUSTED_PROXIES": Variable(
        "addresses or networks whose `X-Forwarded-*` is believed, separated by commas", "none"
    ),
    "TELNYX_HTTP_MAX_BODY": Variable("bytes that the body of a request may have", "262144"),
    "TELNYX_HTTP_MAX_CONNECTIONS": Variable("connections open at once", "900"),
    "TELNYX_HTTP_MAX_CALLS": Variable("calls that run at once, of tools and for resources", "64"),
    "TELNYX_HTTP_MAX_CALLS_PER_CALLER": Variable("the same for one caller", "16"),
    "TELNYX_HTTP_QUEUE_SECONDS": Variable("how long a call waits for its turn before it is told to come back", "5"),
    "TELNYX_HTTP_RECEIVE_SECONDS": Variable("how long a client may take to send a request or take an answer in", "10"),
    "TELNYX_HTTP_SHUTDOWN_SECONDS": Variable("how long calls in flight may go on once the server is to stop", "30"),
    "TELNYX_HTTP_READY_SECONDS": Variable("how old the news of Telnyx may be that `/readyz` tells", "10"),
    "TELNYX_HTTP_TOKENS": Variable("the file of bearer tokens, made by `token new`, as `--tokens`"),
    "TELNYX_OAUTH_ISSUER": Variable("the URL of an OAuth 2.1 issuer whose JWTs are taken"),
    "TELNYX_OAUTH_AUDIENCE": Variable(
        "the public URL of this server; further audiences may follow, separated by spaces"
    ),
    "TELNYX_OAUTH_JWKS_URL": Variable("where the issuer's keys are", "where its metadata says"),
    "TELNYX_OAUTH_SCOPES": Variable("scopes that every JWT must allow, separated by spaces"),
    "TELNYX_OAUTH_ACCOUNT_CLAIM": Variable("the claim that names the Telnyx accounts of a caller"),
    "TELNYX_REDIS_URL": Variable(
        "Redis or Valkey that replicas share: `redis://` or `rediss://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`"
    ),
    "TELNYX_REDIS_PASSWORD_FILE": Variable("a file that holds its password, where the URL names none"),
    "TELNYX_SNAPSHOT_KEY": Variable(
        "32 bytes in base64 that the replicas alone know, mixed into the encryption of shared fleets"
    ),
    "TELNYX_SNAPSHOT_KEY_FILE": Variable("a file that holds it"),
}

VARIABLES = EVERYWHERE | FOR_A_TEAM
"""Any other of a similar name is likely a misspelling."""
