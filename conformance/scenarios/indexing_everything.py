"""Slices that take everything: which are views of their own, and which leave the tensor as it is."""

from conformance.scenario import scenario


@scenario("IDX-25/a-slice-of-everything", needs=["IDX-25"])
def writing_a_slice_that_takes_everything_writes_the_tensor(torch, observe):
    for name, index in {"to the end": slice(0, 2), "beyond it": slice(None, 5), "written out": slice(None)}.items():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        y = w * 2.0
        y[index] = 3.0
        y.square().sum().backward(create_graph=True)
        observe(f"{name}: the gradient", w.grad, documented=[0.0, 0.0])
        observe(f"{name}: whether it has a graph", w.grad.requires_grad)
