"""What each operation on people and things does to a picture."""
