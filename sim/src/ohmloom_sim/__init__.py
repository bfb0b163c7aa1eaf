"""Do they work together? Emitted Verilog and arrays under one testbench."""
