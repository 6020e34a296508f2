"""`python -m orchestrator` serves the public API."""

from common.serve import serve
from common.settings import load
from orchestrator.main import create_app
from orchestrator.settings import Settings

if __name__ == "__main__":
    settings = load(Settings)
    serve(create_app(settings), settings)
