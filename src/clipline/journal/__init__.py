"""What a run did, kept."""
