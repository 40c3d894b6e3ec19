"""Builds what the loop receives: the only place that knows recipe, data, networks, metrics and backend at once."""
