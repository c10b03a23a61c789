"""Tables of real critical points over random data."""
