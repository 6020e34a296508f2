"""Git and the file system."""
