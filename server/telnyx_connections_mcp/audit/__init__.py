"""The audit: what is wrong, or will be, with the connections of an account."""
