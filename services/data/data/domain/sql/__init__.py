"""An app's migrations: read by Postgres' own grammar, looked through, and given the names of a realm."""
