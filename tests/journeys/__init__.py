"""What fans do and what they see, with the real program: a manual that runs."""
