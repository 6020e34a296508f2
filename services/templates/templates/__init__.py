"""Versioned foundations of generated apps, served from Git."""
