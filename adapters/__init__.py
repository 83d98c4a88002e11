"""How platforms speak: one package each, none knows another."""
