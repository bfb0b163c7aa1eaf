"""The host's tools for a chip on a board or in a simulation: ports, self-test, networks, traces."""
