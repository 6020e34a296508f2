"""`python -m builder`: serve with the settings of the environment."""

from builder.main import create_app
from builder.settings import Settings
from common.logging import configure_logging
from common.serve import serve
from common.settings import load


def main() -> None:
    settings = load(Settings)
    configure_logging("builder", settings.log_level)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
