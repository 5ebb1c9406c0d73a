"""Everything on the way in: the sanitiser, identifiers, and the fields that ask them."""
