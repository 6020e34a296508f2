"""Companies, their contacts and deals, with a pipeline."""
