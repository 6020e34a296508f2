"""Where generated code runs: bubblewrap, control groups, the runner inside, and warm sandboxes."""
