"""Sensors in spikes: how signals become events, and networks of spiking neurons that know them."""
