"""The program, and ready-made bots."""
