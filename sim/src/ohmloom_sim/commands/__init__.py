"""The commands of `ohmloom`, one a file."""
