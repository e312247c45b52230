"""Who calls: bearer tokens from a file, or an OAuth 2.1 issuer's, and which Telnyx accounts they may use."""
