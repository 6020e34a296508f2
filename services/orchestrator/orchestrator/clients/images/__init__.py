"""Who makes pictures from words."""
