"""The internal HTTP API: a router per resource."""
