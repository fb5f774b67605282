"""What recording costs: time, processor and disk, measured beside other tools in one run."""
