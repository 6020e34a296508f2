"""Marks of tests that use the whole stack: one worker and one event loop for all of them."""

import pytest

SYSTEM = [pytest.mark.system, pytest.mark.xdist_group("system"), pytest.mark.asyncio(loop_scope="session")]
