"""Files as they come: what they hold, their pictures one after the other or now and then, stills."""
