"""The structural gap and what it goes with (Fig. 1 of the paper)."""
