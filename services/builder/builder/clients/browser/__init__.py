"""A browser that loads what was built, in a sandbox of its own."""
