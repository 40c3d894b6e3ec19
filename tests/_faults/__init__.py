"""Faults made for real, counted: what the tests run with small numbers and ``benchmarks/faults.py`` with full ones.

Each module has one row of faults: a function of a count and of an empty folder that returns an `Outcome`.
"""
