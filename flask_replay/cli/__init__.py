"""The commands of ``flask replay``, a module for each group of them."""
