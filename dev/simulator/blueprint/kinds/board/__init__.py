"""Columns of cards that are dragged."""
