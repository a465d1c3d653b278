"""The scenarios, one file a chapter of the catalogue, or several."""
