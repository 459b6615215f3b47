"""Statistics of two features at once: covariance of numbers, lift of a label by the values of a category."""
