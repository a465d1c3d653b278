"""Registers the plug-in for a checkout; an installed package registers it by its entry point."""

pytest_plugins = ["conformance.plugin"]
