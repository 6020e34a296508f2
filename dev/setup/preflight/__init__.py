"""Looks at the machine before anything is downloaded, with the standard library alone."""
