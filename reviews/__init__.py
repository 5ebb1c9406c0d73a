"""The notary: freezes, compares, signs and remembers, and knows nothing of what it notarises."""
