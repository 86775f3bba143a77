"""REST, version 1: doors of a few lines over ``api.nouns``."""
