"""Tables of the orchestrator and how they are read and written."""
