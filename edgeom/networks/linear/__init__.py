"""Linear networks: products of matrices."""
