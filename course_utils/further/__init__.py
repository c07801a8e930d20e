"""What the notebooks of the further track (09-16) build and use: each room is one system of theirs."""
