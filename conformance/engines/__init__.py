"""The built-in engines: one adapter a file, named on the command line by the name of its file."""
