"""`python -m data`: serve with the settings of the environment."""

from common.serve import serve
from common.settings import load
from data.main import create_app
from data.settings import Settings


def main() -> None:
    settings = load(Settings)
    serve(create_app(settings), settings, fast=True)


if __name__ == "__main__":
    main()
