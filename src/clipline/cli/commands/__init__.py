"""One module a command, imported only when its command is called; each has the click command as `command`."""
