"""Networks with polynomial activations: their neurovarieties, symmetries and losses."""
