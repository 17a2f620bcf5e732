"""The structural gap and what it correlates with (Fig. 1 of the paper)."""
