"""What inferences take: energy, latency and area, by component and against other machines."""
