"""A local model vendor: the Anthropic Messages API, answered by rules instead of a model."""
