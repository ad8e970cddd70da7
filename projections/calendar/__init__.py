"""Zones and local days. Pure."""
