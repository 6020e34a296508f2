"""What live apps call: their tables, sign-in and files, spoken to by supabase-js."""
