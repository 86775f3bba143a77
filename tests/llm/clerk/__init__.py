"""A small app with one model call, for the tests of the gateway."""
