"""The sound of a result: its parts, loudness, music under speech."""
