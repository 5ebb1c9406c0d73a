"""Everything on the way in: the sanitiser of rich text, identifiers, and the fields that ask them."""
