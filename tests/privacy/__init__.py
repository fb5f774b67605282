"""What apps and visitors decide about recording."""
