"""PostgREST's dialect: from a request's words and what the schema holds to one SQL text with parameters."""
