"""The rules of building: sources, artifacts, what a failure means."""
