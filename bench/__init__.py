"""Benchmarks that print ratios against a limit, measured in one run on one machine."""
