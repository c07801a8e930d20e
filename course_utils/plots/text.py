"""Figures that show words: their frequencies, maps of them, what a filter reads."""
