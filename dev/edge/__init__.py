"""The local Cloudflare: a Node program and the launcher that starts it."""
