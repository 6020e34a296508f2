"""The HTTP API: what apps call, and what other services do."""
