"""Converter chips behind the array port: their figures, their serial ports, the front end."""
