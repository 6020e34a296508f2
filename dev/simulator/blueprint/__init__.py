"""Works without a script: from the words of a prompt to an app, and from a wish to an edit."""
