"""`python -m deployer`: serve with the settings of the environment."""

from common.serve import serve
from common.settings import load
from deployer.main import create_app
from deployer.settings import Settings


def main() -> None:
    settings = load(Settings)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
