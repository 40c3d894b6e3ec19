"""Generators and critics, one file each: NAME.py holds the numbers, NAME_torch.py and NAME_keras.py build it."""
