"""The wire formats, each in a folder of its own, over neutral prompts and answers."""
