"""The forest kernel against its peers: the same models, the same rows, one run on one machine."""
