"""Answers requests in PostgREST's dialect."""
