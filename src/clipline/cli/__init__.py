"""The command line: `main` finds the command, one module of `commands` each; results go to stdout, talk to stderr."""
