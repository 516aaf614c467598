"""Outlines: the networks that make them, and rims that follow the picture."""
