"""A run on its way: prepared, written by the model, checked, repaired, deployed, ended."""
