"""Rules of templates, without I/O."""
