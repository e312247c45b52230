"""What is derived from a URL: the columns of a snapshot, and what rows show."""

from dataclasses import dataclass

from telnyx_connections_mcp.inventory.operators import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What is derived from the field `of`, and shown beside the fields of the API."""

    name: str
    of: str
    type: Type
    meaning: str
    expression: str
    """SQL over the stored columns; NULL if the field is not set."""
    in_answers: str = ""
    """How answers show it, if that is not obvious."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """The columns derived from a URL."""

    prefix: str
    """They are `{prefix}_host`, `{prefix}_scheme` and `{prefix}_secret_part`."""

    @property
    def host(self) -> str:
        """The host in lower case, without port; NULL if unreadable."""
        return f"{self.prefix}_host"

    @property
    def host_folded(self) -> str:
        """The host as conditions compare it."""
        return f"{self.prefix}_host_folded"

    @property
    def scheme(self) -> str:
        """The scheme, in lower case."""
        return f"{self.prefix}_scheme"

    @property
    def path(self) -> str:
        """The path: the column that statements see."""
        return f"{self.prefix}_path"

    @property
    def secret_part(self) -> str:
        """The part that contains a secret: userinfo, path, query or fragment; NULL if none does."""
        return f"{self.prefix}_secret_part"

    @property
    def has_credentials(self) -> str:
        """Whether there is such a part: the column that statements see."""
        return f"{self.prefix}_has_credentials"

    def derived(self, of: str) -> tuple[Derived, ...]:
        """What rows show of the URL in the field `of`."""
        secret = f"CASE WHEN {of} IS NOT NULL THEN {self.secret_part} IS NOT NULL END"
        scheme = f"The scheme of {of}: lower case."
        credentials = f"Whether something of {of} looks like a secret, which is shown as ***."
        return (
            Derived(
                name=self.host,
                of=of,
                type=Type.TEXT,
                meaning=f"The host of {of}: lower case, no port.",
                in_answers="Summaries show it instead of the URL.",
                expression=self.host,
            ),
            Derived(name=self.scheme, of=of, type=Type.TEXT, meaning=scheme, expression=self.scheme),
            Derived(name=self.has_credentials, of=of, type=Type.BOOLEAN, meaning=credentials, expression=secret),
        )
