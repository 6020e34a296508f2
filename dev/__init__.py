"""What only development and tests use."""
