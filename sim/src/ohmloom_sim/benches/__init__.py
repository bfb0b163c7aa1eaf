"""Test modules that run inside a simulator, under cocotb."""
