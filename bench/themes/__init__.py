"""Pictures of the themes that apps can have."""
