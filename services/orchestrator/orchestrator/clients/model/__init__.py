"""Language models: one protocol, the vendors behind it, retries and prices."""
