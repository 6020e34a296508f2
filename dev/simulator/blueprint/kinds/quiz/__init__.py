"""Questions one after the other, with a score."""
