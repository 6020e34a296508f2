"""Figures, charts and a table, of sample data."""
