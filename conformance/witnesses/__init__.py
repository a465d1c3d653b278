"""The documented algorithms in a few lines of NumPy each, independent of every engine.

What such a witness computes is given to `observe` as the documented value. It works in float64 whatever the
scenario's dtype is; ``terms`` says how many rounded operations the engine has spent meanwhile.

Every optimizer's box is a function ``box(x, g, state, **options)``: it takes a parameter, its gradient and the
parameter's state (an empty dict before the first step, updated in place, with PyTorch's names for the keys), and
returns the parameter after the step. The letters are those of the documentation's boxes.
"""
