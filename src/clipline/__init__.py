"""clipline runs video edits described in a file."""
