"""Complex parameters: an optimizer treats one as the pair of its real and imaginary parts."""

import numpy as np

from conformance.scenario import scenario
from conformance.witnesses.boxes import BOXES, OPTIONS

COMPLEX = ["SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adagrad", "Adadelta", "RMSprop", "Rprop", "ASGD"]
START = [[1.0, -2.0], [0.5, 3.0]]  # real and imaginary parts of two numbers
GRADIENTS = [
    [[1.0, 0.5], [-2.0, 4.0]],
    [[0.25, -1.0], [-1.0, 2.0]],
    [[-0.5, 0.5], [1.5, 0.125]],
]


def as_complex(pairs):
    """The numbers that are written as pairs."""
    return [complex(real, imaginary) for real, imaginary in pairs]


@scenario("ALG-49", cases=COMPLEX)
def a_complex_parameter_is_stepped_like_its_parts(torch, observe, name):
    z = torch.tensor(as_complex(START), requires_grad=True)
    optimizer = getattr(torch.optim, name)([z], **OPTIONS[name])
    x, state = np.array(START), {}
    for number in range(1, 21):
        pairs = GRADIENTS[number % 3]
        z.grad = torch.tensor(as_complex(pairs))
        optimizer.step()
        x = BOXES[name](x, np.array(pairs), state, **OPTIONS[name])
        documented = as_complex(x.tolist())
        observe(f"the parameter after step {number}", z, documented=documented, terms=32 * number)


@scenario("ALG-49/view-as-real", cases=COMPLEX)
def the_view_as_real_of_a_complex_parameter(torch, observe, name):
    z = torch.tensor(as_complex(START), requires_grad=True)
    pair = torch.view_as_real(z.detach().clone()).requires_grad_()
    optimizers = [getattr(torch.optim, name)([p], **OPTIONS[name]) for p in (z, pair)]
    for pairs in GRADIENTS:
        z.grad, pair.grad = torch.tensor(as_complex(pairs)), torch.tensor(pairs)
        for optimizer in optimizers:
            optimizer.step()
    same = (torch.view_as_real(z.detach()) - pair.detach()).abs().max().item() < 1e-5
    observe("both have gone the same way", same, documented=True)


@scenario("ALG-49/state", needs=["ALG-49/Adam"])
def the_moments_of_a_complex_parameter_are_complex(torch, observe):
    z = torch.tensor([1.0 + 2.0j], requires_grad=True)
    z.grad = torch.tensor([4.0 - 8.0j])
    optimizer = torch.optim.Adam([z], betas=(0.5, 0.75))
    optimizer.step()
    observe("the first moment", optimizer.state[z]["exp_avg"], documented=[2.0 - 4.0j])
    observe("the second, of each part by itself", optimizer.state[z]["exp_avg_sq"], documented=[4.0 + 16.0j])


@scenario("ALG-49/refused", cases=["Adafactor", "Muon"])
def a_complex_parameter_is_refused(torch, observe, name):
    z = torch.tensor([[1.0 + 2.0j]], requires_grad=True)
    z.grad = torch.tensor([[1.0 - 1.0j]])
    optimizer = getattr(torch.optim, name)([z])
    with observe.raises("a step", RuntimeError, saying="complex"):
        optimizer.step()


@scenario("ALG-16/complex", dtypes=["float64"])
def adagrad_of_complex_parameters(torch, observe):
    z = torch.complex(torch.tensor([0.5, 1.0]), torch.tensor([2.0, -1.0])).requires_grad_()
    optimizer = torch.optim.Adagrad([z], lr=0.5, initial_accumulator_value=0.25)
    observe("the sum at the start", optimizer.state[z]["sum"])
    for _ in range(2):
        optimizer.zero_grad()
        (z.real**2 + 3 * z.imag**2).sum().backward()
        optimizer.step()
    observe("the parameter", z.detach(), terms=40)
    observe("the sum", optimizer.state[z]["sum"], terms=40)


@scenario("ALG-33/fused-complex")
def fused_takes_no_complex_parameters(torch, observe):
    z = torch.complex(torch.tensor([0.5]), torch.tensor([2.0])).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=0.1, fused=True)
    z.grad = torch.ones_like(z)
    with observe.raises("the step", RuntimeError):
        optimizer.step()
