"""Moderators in command: what they set, whom they silence, what they see of what happens."""
