"""What other services tell, made fit for JSONB, which takes neither NUL nor half characters."""

from typing import Any

from orchestrator.domain.text import storable


def storable_json(value: Any) -> Any:
    """The value with the characters JSONB refuses replaced in all of its texts."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(item) for item in value]
    return value
