"""Doors of the operator console, one file per screen."""
