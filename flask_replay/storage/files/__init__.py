"""Storage in a folder of files."""
