"""What is said of a finished run."""
