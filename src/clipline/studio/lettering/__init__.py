"""Texts over the picture: fonts of all scripts, titles, lower thirds, captions."""
