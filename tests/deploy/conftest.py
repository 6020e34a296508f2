import pytest

from tests.deploy.render import OVERLAY, Resource, render


@pytest.fixture(scope="session")
def rendered() -> list[Resource]:
    """The example overlay with everything below it."""
    return render(OVERLAY)
