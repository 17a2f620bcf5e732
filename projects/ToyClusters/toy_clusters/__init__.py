"""The toy study of the paper (Figs. 2 to 4)."""
