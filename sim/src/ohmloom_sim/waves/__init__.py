"""Waves: digital signals and analog probes of a co-simulation in one file."""
