"""A provider of OpenID Connect that runs on this machine."""
