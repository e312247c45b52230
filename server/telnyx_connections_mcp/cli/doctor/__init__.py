"""`doctor`: what works between a client, this server and Telnyx, what does not, and what to do about it.

`checks` lists the checks in order; the checks themselves are in `checks_*`, each a function from a `Subject` to a
`CheckResult`; `report` formats the results for people and programs.
"""
