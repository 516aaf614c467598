"""Really edits video on this machine; needs the extra 'local'."""
