"""The pages that say how a client is set up for this SpecStep: text to copy, with its own address in it."""
