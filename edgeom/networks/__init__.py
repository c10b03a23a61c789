"""Linear networks: what they express, how weights parametrise it, and their losses."""
