"""Text out of files that strangers wrote. Runs without Django, most of it in a child process of its own (ADR 0018)."""
