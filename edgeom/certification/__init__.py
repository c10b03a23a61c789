"""Proofs: certified critical points, their reality and index, and complete lists."""
