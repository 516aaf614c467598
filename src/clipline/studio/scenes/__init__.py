"""What is behind people: the empty scene of a still camera and of a moving one."""
