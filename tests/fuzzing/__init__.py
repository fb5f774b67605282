"""Templates made at random from Jinja's grammar, rendered bare, recorded and replayed."""
