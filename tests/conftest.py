"""Fixtures of every test."""

pytest_plugins = ["common.testing.fixtures"]
