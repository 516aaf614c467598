"""What is said of a finished run: `collect` puts its result in order, `text` writes it for a person."""
