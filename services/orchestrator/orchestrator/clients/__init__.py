"""The world outside: model vendors and the other services."""
