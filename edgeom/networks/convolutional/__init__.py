"""Networks that multiply polynomials: convolutional ones."""
