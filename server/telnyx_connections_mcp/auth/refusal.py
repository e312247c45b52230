"""Why a token was refused: for the log, and for the caller, who may know it of its own token."""


class TokenRefused(Exception):
    """A token that lets nobody in; the text says why, in words of ours that quote nothing of it."""


class IssuerUnavailable(Exception):
    """A token that cannot be checked now, because the issuer's keys cannot be had; the text says why."""
