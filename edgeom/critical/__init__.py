"""Critical points of a distance problem: finding, describing and counting them."""
