"""Seeded chaos: real processes are killed, frozen and cut off, and the platform is counted."""
