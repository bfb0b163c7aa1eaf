"""Spiking networks: sensors in spikes, and both on a simulated chip."""
