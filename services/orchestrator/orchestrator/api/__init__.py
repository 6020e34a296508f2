"""The public HTTP API, a router per resource."""
