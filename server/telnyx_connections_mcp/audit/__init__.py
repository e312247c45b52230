"""The audit: what is, or will be, wrong with an account's connections."""
