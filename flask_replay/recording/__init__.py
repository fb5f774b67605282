"""The data model of a recording."""
