"""Files that are read and written whole, or refused by name."""
