"""Critical equations: square polynomial systems with a lift back to points of the variety."""
