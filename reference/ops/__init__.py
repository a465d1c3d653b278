"""The op table and its rows, one file a family."""
