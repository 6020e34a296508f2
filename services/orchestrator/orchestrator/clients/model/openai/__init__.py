"""The OpenAI Responses API, as OpenAI and servers compatible with it speak it."""
