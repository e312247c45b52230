"""The words of our 401, 403 and 503: why a caller is refused, for its response and for the log.

`challenge.py` makes the responses.
"""

MISSING = "send a token for this server: Authorization: Bearer TOKEN"
TWO_HEADERS = "the request has more than one Authorization header"
MALFORMED = "the text after Bearer in the Authorization header is not a token"
NOT_FROM_ISSUER = "this server accepts tokens from its OAuth issuer, not from a token file"
UNKNOWN = "the token is unknown: it was mistyped, or was revoked"
EXPIRED_AFTER = "the token expired after {day}"

NOT_A_JWT = "this is not a JSON Web Token"
ALGORITHM = "the token is signed in a way that this server does not accept"
NOT_FOR_ACCESS = "the token is not an access token"
NO_SUCH_KEY = "the token's issuer has no key with that id and algorithm"
UNUSABLE_KEY = "the issuer's key for the token cannot be used"
KEYS_UNAVAILABLE = "the keys of the OAuth issuer are not available: try again in a few seconds"
EXPIRED = "the token has expired: get a new one"
NOT_YET_VALID = "the token is not valid yet"
AUDIENCE = "the token is for another audience"
ISSUER = "the token is from another issuer"
SIGNATURE = "the token's signature is wrong"
CLAIM_MISSING = "the token lacks one of the claims exp, iss and aud"
NOT_WELL_FORMED = "the token is not well-formed"
BOUND_TO_A_KEY = "the token is bound to a key of its owner, which this server cannot verify"
NO_NAME = "the token names neither a subject nor a client"
SCOPES = "the token must grant: {scopes}"


class TokenRefused(Exception):
    """A token that is not accepted; the text says why, without quoting it."""


class IssuerUnavailable(Exception):
    """A token that cannot be verified now, because the issuer's keys are unavailable; the text says why."""
