"""The Anthropic Messages wire protocol: validation, usage, events and errors."""
