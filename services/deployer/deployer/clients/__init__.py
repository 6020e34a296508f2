"""The outside world behind small protocols: Cloudflare's API, the live app."""
