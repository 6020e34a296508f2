"""`python -m builder`: serve with the settings of the environment."""

from builder.main import create_app
from builder.settings import Settings
from common.serve import serve
from common.settings import load


def main() -> None:
    settings = load(Settings)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
