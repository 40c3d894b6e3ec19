"""A classifier of grey digits over each channel of a colored picture: the judge of Stacked MNIST (Metz et al. 2017).

Its classes are the 1,000 triples of digits, each with the product of the probabilities of its three.
"""
