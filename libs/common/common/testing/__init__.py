"""Fakes, servers and fixtures that tests and the local stack share; nothing here runs in production."""
