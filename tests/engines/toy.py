"""A tiny engine of vectors, torch-like as far as a few scenarios need: `tensor`, `*`, `sum`, `mean`, `backward`."""

from __future__ import annotations


class Tensor:
    dtype = "float32"

    def __init__(self, values, requires_grad=False, pull=None):
        self.shape = (len(values),) if isinstance(values, (list, tuple)) else ()
        self.values = list(values) if self.shape else [values]
        self.requires_grad = requires_grad
        self.grad = None
        self._pull = pull

    def tolist(self):
        return self.values if self.shape else self.values[0]

    def backward(self):
        self.accumulate([1.0])

    def accumulate(self, gradient):
        if self._pull is not None:
            self._pull(gradient)
        elif self.requires_grad:
            before = self.grad.values if self.grad is not None else [0.0] * len(gradient)
            self.grad = Tensor([a + b for a, b in zip(before, gradient, strict=True)])

    def __mul__(self, other):
        def pull(gradient):
            self.accumulate([g * y for g, y in zip(gradient, other.values, strict=True)])
            other.accumulate([g * x for g, x in zip(gradient, self.values, strict=True)])

        return Tensor([x * y for x, y in zip(self.values, other.values, strict=True)], pull=pull)


def tensor(values, requires_grad=False):
    return Tensor(values, requires_grad)


def sum(x):
    return Tensor(_total(x.values), pull=lambda gradient: x.accumulate(gradient * len(x.values)))


def mean(x):
    n = len(x.values)
    return Tensor(_total(x.values) / n, pull=lambda gradient: x.accumulate([gradient[0] / n] * n))


def _total(values):
    total = 0.0
    for value in values:
        total += value
    return total
