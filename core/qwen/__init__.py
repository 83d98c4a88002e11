"""The door to Qwen endpoints."""
