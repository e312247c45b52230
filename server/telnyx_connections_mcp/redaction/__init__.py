"""What is secret, by one rule for everything that is shown, logged or printed.

`names` says it of the name of a field or parameter, `urls` of the parts of a URL, `texts` of what stands inside any
text, and `own` finds this server's own keys in whatever writing. What each masks, and what not, is in SECURITY.md.
"""

MASK = "***"
