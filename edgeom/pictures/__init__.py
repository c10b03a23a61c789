"""Pictures; everything here needs matplotlib."""
