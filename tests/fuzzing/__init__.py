"""Random templates from Jinja's grammar, rendered bare, recorded and replayed."""
