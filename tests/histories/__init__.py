"""Random histories over all verbs, held against an oracle that shares no code with the product."""
