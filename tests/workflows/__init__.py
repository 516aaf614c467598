"""The recipes of docs/how-to, carried out by the engines that they are for: `make workflows`, which takes minutes."""
