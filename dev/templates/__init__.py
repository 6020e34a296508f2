"""What authors of templates run: the kit on one page, and what an app made from a template weighs."""
