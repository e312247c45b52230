"""A stand-in for the Telnyx API: an invented account that answers as strictly as the contract says.

It shares no code with the client: a fake that shares the client's code shares its mistakes.
"""

SANDBOX_KEY = "KEY_SANDBOX"
