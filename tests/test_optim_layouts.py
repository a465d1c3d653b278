"""The reference updates parameters together, in copies, or in blocks; none of that may show in the result."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import reference as torch
from reference.optim.elementwise import BLOCK

OPTIMIZERS = {
    "SGD": {"momentum": 0.9, "weight_decay": 0.1},
    "Adam": {"amsgrad": True},
    "RMSprop": {"centered": True, "momentum": 0.9},
    "NAdam": {},
    "ASGD": {"t0": 2},
    "Rprop": {},
}


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def parameters() -> list[Any]:
    """Small ones of one shape and of others, a large one, and some that are not laid out row by row."""
    arrays = [numbers(4, 3, seed=i) for i in range(5)] + [numbers(3), numbers(3), numbers(), numbers(1)]
    arrays += [numbers(4, 3).astype("float32"), numbers(4, 3).astype("float32"), numbers(0)]
    arrays += [numbers(2 * BLOCK + 7), numbers(300, 300).T, numbers(8, 6)[::2, ::2], numbers(3, 4).T]
    arrays += [numbers(3) + 1j, numbers(3, seed=1) + 2j, (numbers(40, 1000) + 1j).T]
    return [torch.from_numpy(array).requires_grad_() for array in arrays]


def step(optimizers: list[Any], params: list[Any], number: int) -> None:
    for i, param in enumerate(params):
        if (i + number) % 4:  # now and then one is left out, so that the counts of steps differ
            gradient = numbers(*param.shape, seed=100 * number + i) * (1 - 0.5j if param.is_complex() else 1)
            param.grad = torch.tensor(gradient, dtype=param.dtype)
        else:
            param.grad = None
    for optimizer in optimizers:
        optimizer.step()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parameters_move_together_as_they_do_alone(name: str) -> None:
    make = getattr(torch.optim, name)
    together, alone = parameters(), parameters()
    optimizer = make(together, **OPTIMIZERS[name])
    optimizers = [make([param], **OPTIMIZERS[name]) for param in alone]
    for number in range(6):
        step([optimizer], together, number)
        step(optimizers, alone, number)
    for i, (a, b) in enumerate(zip(together, alone, strict=True)):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy(), err_msg=f"parameter {i}")
        assert optimizer.state[a].keys() == optimizers[i].state[b].keys()
        for key, value in optimizer.state[a].items():
            np.testing.assert_array_equal(value.numpy(), optimizers[i].state[b][key].numpy(), err_msg=f"{key} of {i}")


def test_a_large_array_moves_in_blocks_as_its_parts_do() -> None:
    whole = torch.tensor(numbers(2 * BLOCK + 7)).requires_grad_()
    parts = [torch.tensor(whole.detach().numpy()[i::50]).requires_grad_() for i in range(50)]
    gradient = numbers(2 * BLOCK + 7, seed=1)
    one, many = torch.optim.Adam([whole]), torch.optim.Adam(parts)
    for _ in range(3):
        whole.grad = torch.tensor(gradient)
        for i, part in enumerate(parts):
            part.grad = torch.tensor(gradient[i::50])
        one.step()
        many.step()
    for i, part in enumerate(parts):
        np.testing.assert_array_equal(whole.detach().numpy()[i::50], part.detach().numpy())


def test_a_parameter_that_is_there_twice_is_stepped_twice() -> None:
    param, other = (torch.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    with pytest.warns(UserWarning, match="duplicate"):
        optimizer = torch.optim.SGD([param, other, param], lr=0.25, momentum=0.5)
    param.grad, other.grad = torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1.0])
    optimizer.step()  # the buffer is the gradient in each first step
    assert (param.tolist(), other.tolist()) == ([0.5, 1.5], [0.75, 1.75])
    optimizer.step()  # and 1.5 gradients, then 1.75, in the next two
    assert (param.tolist(), other.tolist()) == ([-0.3125, 0.6875], [0.375, 1.375])


def test_parameters_that_share_memory_are_stepped_one_after_the_other() -> None:
    base = torch.tensor([1.0, 2.0, 3.0])
    first, second = base[:2].detach().requires_grad_(), base[1:].detach().requires_grad_()
    first.grad, second.grad = torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1.0])
    torch.optim.SGD([first, second], lr=0.25).step()
    assert base.tolist() == [0.75, 1.5, 2.75]


def test_state_that_the_user_replaces_is_what_the_next_step_takes() -> None:
    params = [torch.tensor([1.0, 2.0], requires_grad=True) for _ in range(3)]
    optimizer = torch.optim.SGD(params, lr=0.5, momentum=0.5)
    for param in params:
        param.grad = torch.tensor([1.0, 1.0])
    optimizer.step()
    optimizer.state[params[1]]["momentum_buffer"] = torch.tensor([4.0, 4.0])
    optimizer.step()
    assert [param.tolist() for param in params] == [[-0.25, 0.75], [-1.0, 0.0], [-0.25, 0.75]]


def test_a_failed_load_leaves_everything_as_it_was() -> None:
    param = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.Adam([param], lr=0.5)
    param.grad = torch.tensor([1.0])
    optimizer.step()
    before = copy.deepcopy(optimizer.state_dict())
    bad = copy.deepcopy(before)
    del bad["state"][0]["step"]
    bad["param_groups"][0]["lr"] = 8.0
    with pytest.raises(KeyError, match="step"):
        optimizer.load_state_dict(bad)
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    assert {key: value.tolist() for key, value in after["state"][0].items()} == {
        key: value.tolist() for key, value in before["state"][0].items()
    }
