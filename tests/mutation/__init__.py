"""A mutation run: the reference engine with one small thing changed, judged by the suite (docs/mutation.md)."""
