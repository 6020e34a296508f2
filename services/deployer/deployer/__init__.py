"""Deployment of built apps to Cloudflare Workers and R2."""
