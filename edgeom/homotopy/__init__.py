"""The embedded solver: tapes, compiled kernels, path tracking, monodromy and the trace test."""
