"""One table of all methods on MiniWorld."""
