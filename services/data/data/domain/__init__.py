"""The data service's rules. No I/O."""
