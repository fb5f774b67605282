"""Workers: the processes that write recordings, their names and their state."""
