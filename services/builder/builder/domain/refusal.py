"""What a build put out and nobody may serve."""


class OutputRefused(Exception):
    """What the build put out cannot be an artifact; the message is for the app's author."""
