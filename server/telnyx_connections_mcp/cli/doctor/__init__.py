"""`doctor`: what works between a client, this server and Telnyx, what does not, and what to do about it.

`examination` says which checks there are and in which order; the checks themselves are in `checks_*`, each a function
from a `Subject` to a `CheckResult`; `report` is how a person and a program read the result.
"""
