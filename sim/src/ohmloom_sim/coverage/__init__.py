"""Functional coverage: what a regression has really done to a chip, counted bin by bin."""
