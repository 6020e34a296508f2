"""What the builder does."""
