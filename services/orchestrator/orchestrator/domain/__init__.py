"""The rules of apps, edits, conversations and runs: no I/O, no framework."""
