"""Scenarios as language-neutral programs: exporting them, and judging engines in other languages with them."""
