"""Themes of apps: words and colours become the tokens of `src/theme.css`, readable whatever they are."""
