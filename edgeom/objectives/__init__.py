"""What is minimised over a variety."""
