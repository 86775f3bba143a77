"""The pages that describe the API to people, made from its description."""
