"""Workers: the processes that write recordings, by name, and how they are doing."""
