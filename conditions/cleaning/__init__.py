"""Everything on the way in: the sanitiser, identifiers, and the fields that ask them.

Rich text: `typed` looks at markup as it was typed, `tree` reads it as a browser does, `office`
undoes what word processors write in their own way, `shape` and `tables` make `blocks` of it,
`sanitise` leads through all of it and through both walls. `pasted` does so for a clipboard.
"""
