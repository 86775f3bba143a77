"""One folder per kind of outside folder; kinds never import one another. The first comes with the issue on references."""
