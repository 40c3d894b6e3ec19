"""The loop, its step, its feed, and what a run writes down."""
