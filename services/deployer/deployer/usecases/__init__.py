"""What the deployer does: one use case a file."""
