"""Migrations: tried out, proved by the probe, and applied in one transaction."""
