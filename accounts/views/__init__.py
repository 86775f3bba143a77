"""Doors of the account, one file per page or concern."""
