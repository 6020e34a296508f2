"""Whole kinds of app, each a folder of templates and the rules that fill their holes."""
