"""What tifo is, whatever platform it speaks on."""
