"""The tools, one module per noun."""
