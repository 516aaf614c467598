"""What is looked for in finished files."""
