"""How answers come about: the guide, the prompt, the model."""
