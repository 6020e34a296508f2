"""The client of live apps: the real supabase-js, for tests to call."""
