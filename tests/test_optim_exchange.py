"""State dicts go from PyTorch to the reference and back, in memory and through files."""

from __future__ import annotations

import io
from typing import Any

import pytest

import reference
from reference.optim.state_dict import with_tensors

torch = pytest.importorskip("torch", reason="PyTorch is the other engine of these tests")

OPTIMIZERS = {
    "SGD": {"momentum": 0.9},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "Adamax": {},
    "NAdam": {},
    "RAdam": {},
    "Adagrad": {},
    "Adadelta": {},
    "RMSprop": {"centered": True, "momentum": 0.5},
    "Rprop": {},
    "ASGD": {},
    "Adafactor": {},
    "Muon": {},
    "LBFGS": {"max_iter": 3},
}


def started(engine: Any, name: str, values: Any = ((1.0, -0.5, 0.5), (0.75, 0.25, 1.25))) -> tuple[list[Any], Any]:
    params = [engine.tensor([row], requires_grad=True) for row in values]
    return params, getattr(engine.optim, name)(params, lr=0.0625, **OPTIMIZERS[name])


def take_steps(params: list[Any], optimizer: Any, count: int) -> list[Any]:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = sum((p * p * p * p).sum() for p in params)
        loss.backward()
        return loss

    for _ in range(count):
        optimizer.step(closure)
    return [p.tolist()[0] for p in params]


def to_torch(state: Any) -> Any:
    return with_tensors(state, lambda tensor: torch.from_numpy(tensor.numpy().copy()))


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("through", ["memory", "a file"])
def test_a_trajectory_goes_on_in_the_other_engine(name: str, through: str) -> None:
    uninterrupted = take_steps(*started(torch, name), 9)

    params, optimizer = started(torch, name)
    values, state = take_steps(params, optimizer, 3), optimizer.state_dict()
    if through == "a file":
        state = through_a_file(state, torch, reference)
    params, optimizer = started(reference, name, values)
    optimizer.load_state_dict(state)
    values, state = take_steps(params, optimizer, 3), optimizer.state_dict()
    state = to_torch(state) if through == "memory" else through_a_file(state, reference, torch)
    params, optimizer = started(torch, name, values)
    optimizer.load_state_dict(state)
    for ours, theirs in zip(take_steps(params, optimizer, 3), uninterrupted, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5)


def through_a_file(state: Any, writer: Any, reader: Any) -> Any:
    file = io.BytesIO()
    writer.save(state, file)
    file.seek(0)
    return reader.load(file)


def test_tensors_that_share_memory_in_one_engine_do_so_in_the_other() -> None:
    for writer, reader in ((torch, reference), (reference, torch)):
        whole = writer.arange(6.0)
        loaded = through_a_file({"whole": whole, "part": whole[2:4], "turned": whole.reshape(2, 3).t()}, writer, reader)
        loaded["part"].fill_(-1.0)
        assert loaded["whole"].tolist() == [0.0, 1.0, -1.0, -1.0, 4.0, 5.0]
        assert loaded["turned"].tolist() == [[0.0, -1.0], [1.0, 4.0], [-1.0, 5.0]]


def test_a_file_with_other_classes_is_refused_unless_it_is_trusted() -> None:
    file = io.BytesIO()
    reference.save({"lr": pytest.approx(1.0)}, file)
    file.seek(0)
    with pytest.raises(Exception, match="Weights only load failed"):
        reference.load(file)
    file.seek(0)
    assert reference.load(file, weights_only=False)["lr"] == 1.0
