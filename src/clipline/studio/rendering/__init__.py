"""A timeline becomes a file: planned, decoded, changed and encoded side by side."""
