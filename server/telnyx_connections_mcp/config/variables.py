"""Every environment variable that this server reads, for the doctor and the documentation.

Each is read in the module of its setting: settings.py, accounts.py or *_settings.py.
"""

from typing import NamedTuple


class Variable(NamedTuple):
    """What a variable means, and its default if it has one."""

    meaning: str
    default: str = ""


EVERYWHERE = {
    "TELNYX_API_KEY": Variable("API key"),
    "TELNYX_API_KEY_FILE": Variable("file that holds the key; read if the variable above is empty"),
    "TELNYX_BASE_URL": Variable(
        "alternative address of the API; https, or http for this machine", "https://api.telnyx.com/v2"
    ),
    "TELNYX_SANDBOX": Variable("`1` (or another word for yes) uses the built-in sandbox account, like `--sandbox`"),
    "TELNYX_PROMPTS": Variable(
        "folder of your own prompts, like `--prompts`; they replace built-in ones of the same name"
    ),
    "TELNYX_REQUEST_TIMEOUT": Variable("seconds that a request to Telnyx may wait for the network", "10"),
    "TELNYX_TOOL_TIMEOUT": Variable("seconds that a tool call may take in total, including retries", "25"),
    "TELNYX_SNAPSHOT_SECONDS": Variable(
        "seconds for which a snapshot of the account answers further questions; 0 turns it off", "30"
    ),
    "TELNYX_MAX_ANSWER_TOKENS": Variable("approximate maximum size of an answer in tokens, at least 2,000", "10000"),
    "TELNYX_LOG_LEVEL": Variable(
        "lowest level logged to stderr: `DEBUG`, `INFO`, `WARNING` or `ERROR`; also `--log-level`", "WARNING"
    ),
    "TELNYX_LOG_FORMAT": Variable("`text`, or `json` for one object per line; also `--log-format`", "text"),
    "TELNYX_LOG_ARGUMENTS": Variable("`1` (or another word for yes) includes the arguments in each request's log line"),
}

FOR_A_TEAM = {
    "TELNYX_ACCOUNTS": Variable("TOML file that names several Telnyx accounts, like `--accounts`"),
    "TELNYX_HTTP_ALLOWED_HOSTS": Variable(
        "comma-separated names, or NAME:PORT, accepted in the `Host` header in addition to the listening address"
    ),
    "TELNYX_HTTP_ALLOWED_ORIGINS": Variable("comma-separated origins of web pages that may send requests", "none"),
    "TELNYX_HTTP_TRUSTED_PROXIES": Variable(
        "comma-separated addresses or networks whose `X-Forwarded-*` is believed", "none"
    ),
    "TELNYX_HTTP_MAX_BODY": Variable("maximum size of a request body in bytes", "262144"),
    "TELNYX_HTTP_MAX_CONNECTIONS": Variable("maximum number of open connections", "900"),
    "TELNYX_HTTP_MAX_CALLS": Variable("maximum number of concurrent requests for tools and resources", "64"),
    "TELNYX_HTTP_MAX_CALLS_PER_CALLER": Variable("the same, per caller", "16"),
    "TELNYX_HTTP_QUEUE_SECONDS": Variable("seconds a request waits for its turn before it is told to retry", "5"),
    "TELNYX_HTTP_RECEIVE_SECONDS": Variable("seconds a client may take to send a request or receive a response", "10"),
    "TELNYX_HTTP_SHUTDOWN_SECONDS": Variable(
        "seconds that requests in flight may take to finish once the server is stopping", "30"
    ),
    "TELNYX_HTTP_READY_SECONDS": Variable("maximum age in seconds of what `/readyz` reports about Telnyx", "10"),
    "TELNYX_HTTP_TOKENS": Variable("file of bearer tokens, created by `token new`, like `--tokens`"),
    "TELNYX_OAUTH_ISSUER": Variable("URL of an OAuth 2.1 issuer whose JWTs are accepted"),
    "TELNYX_OAUTH_AUDIENCE": Variable("public URL of this server; further audiences may follow, separated by spaces"),
    "TELNYX_OAUTH_JWKS_URL": Variable("URL of the issuer's keys", "as its metadata says"),
    "TELNYX_OAUTH_SCOPES": Variable("space-separated scopes that every JWT must grant"),
    "TELNYX_OAUTH_ACCOUNT_CLAIM": Variable("claim that names a caller's Telnyx accounts"),
    "TELNYX_REDIS_URL": Variable(
        "Redis or Valkey server that replicas share: `redis://` or `rediss://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`"
    ),
    "TELNYX_REDIS_PASSWORD_FILE": Variable("file that holds its password, if the URL has none"),
    "TELNYX_SNAPSHOT_KEY": Variable(
        "32 bytes in base64 known only to the replicas, mixed into the encryption of shared snapshots"
    ),
    "TELNYX_SNAPSHOT_KEY_FILE": Variable("file that holds it"),
}

VARIABLES = EVERYWHERE | FOR_A_TEAM
"""Any other variable with a similar name is probably misspelled."""
