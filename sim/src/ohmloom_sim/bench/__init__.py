"""How long solvers take for the same crossbars, side by side: `make bench`."""
