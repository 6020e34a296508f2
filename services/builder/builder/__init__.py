"""Isolated Vite builds of generated apps."""
