"""The deployer's rules: what goes where, in which order, under which names. No I/O."""
