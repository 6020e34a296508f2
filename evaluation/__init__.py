"""Prompts of our own with acceptance checks in a browser, run against any model: `make eval`."""
