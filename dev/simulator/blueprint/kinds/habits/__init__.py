"""Habits, ticked day by day, with charts."""
