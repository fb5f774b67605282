"""The player: a blueprint with the list of recordings, the player page, and the data for both."""
