"""The player: a blueprint with the list, the player page, and what these ask for."""
