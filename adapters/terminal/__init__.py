"""A terminal: no account, no token."""
