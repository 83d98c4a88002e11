"""What every turn must know of who may speak where: it comes with the claim."""
