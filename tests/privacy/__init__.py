"""What apps and visitors decide of what is kept."""
