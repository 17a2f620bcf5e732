"""Files: read and written whole, or refused with their name."""
