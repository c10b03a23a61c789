"""Networks with one hidden layer of ReLU units: activation patterns and all critical points."""
