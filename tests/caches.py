"""What is made once and kept between test runs."""

from dev.stack.config import ROOT

BUILDER_CACHE = ROOT / ".overskill" / "tests" / "builder-cache"
"""The prepared packages of templates; builders that share it wait for each other."""
