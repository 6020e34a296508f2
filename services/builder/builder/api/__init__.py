"""The builder's internal HTTP API."""
