"""Every connection of an account: fetched page by page, kept for a while, with the times it knows."""
