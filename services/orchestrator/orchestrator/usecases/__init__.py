"""What the orchestrator does, one use case a module; each owns its transactions."""
