"""Files as they are made: films, animations, images."""
