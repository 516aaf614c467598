"""The stages, checks, channels and steps shipped with clipline, registered like anyone's."""
