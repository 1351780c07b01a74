"""The optimiser: its table pass, its solver, its search, against others and against its goals."""
