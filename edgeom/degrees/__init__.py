"""Exact ED degrees and polar degrees of the varieties that have a formula."""
