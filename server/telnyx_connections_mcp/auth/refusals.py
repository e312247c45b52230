"""Why a token was refused, for the log and for the caller."""


class TokenRefused(Exception):
    """A token that is not accepted; the text says why, without quoting it."""


class IssuerUnavailable(Exception):
    """A token that cannot be verified now, because the issuer's keys are unavailable; the text says why."""
