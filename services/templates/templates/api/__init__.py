"""HTTP: the read-only template catalogue."""
