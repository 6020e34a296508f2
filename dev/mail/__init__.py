"""A mail server for development: takes every mail, sends none, and shows them to people and tests."""
