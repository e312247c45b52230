"""Decides what is secret, by one rule for everything that is shown, logged or printed.

`names` covers the names of fields and parameters, `values` objects, `urls` the parts of URLs, `texts` any text, and
`own_keys` finds this server's own keys in any encoding. SECURITY.md says what is masked and what is not.
"""

MASK = "***"
