"""The outside world of the builder: the sandbox, npm, the templates service."""
