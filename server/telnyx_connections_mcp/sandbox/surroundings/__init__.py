"""What is around the connections of the invented account: one file for each kind of object of the API.

Rows are shaped as in `data` of the API, with every documented field. Values that must never leave the server that reads
them start with `SECRET-`, so that a test can search for them. Telephone numbers are of ranges reserved for fiction, and
addresses of those reserved for examples (RFC 5737).
"""
