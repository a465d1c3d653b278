"""A training loop as a state machine of hypothesis: each rule is something that the loop may do next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from conformance.strategies.programs import statements, training
from conformance.strategies.programs.draft import Draft


class TrainingLoop(RuleBasedStateMachine):
    """Writes the program of a training loop, rule by rule; at its end the program is tried."""

    #: What is done with a finished program; who runs the machine sets it.
    attempt: Callable[[list[str]], Any]

    def __init__(self) -> None:
        super().__init__()
        self.draft: Draft

    def _with(self, data: st.DataObject) -> Draft:
        self.draft.draw = data.draw
        return self.draft

    @initialize(data=st.data())
    def parameters(self, data: st.DataObject) -> None:
        """Two parameters, an input, and an optimizer."""
        self.draft = Draft(data.draw)
        for _ in range(2):
            statements.leaf(self.draft, must_require_grad=True, plain=True)
        statements.leaf(self.draft, plain=True)
        training.create(self.draft)

    @rule(data=st.data())
    def round(self, data: st.DataObject) -> None:
        """A round as everybody writes it: zero, backward, step."""
        d = self._with(data)
        training.zero_grad(d)
        training.loss_and_backward(d)
        training.step(d)

    @rule(data=st.data())
    def backward(self, data: st.DataObject) -> None:
        """A loss, of all parameters or of one, and its gradients."""
        training.loss_and_backward(self._with(data))

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """A step of an optimizer."""
        training.step(self._with(data))

    @rule(data=st.data())
    def zero(self, data: st.DataObject) -> None:
        """Zeroed gradients, by the optimizer or by hand."""
        d = self._with(data)
        d.one((training.zero_grad, statements.zeroing))(d)

    @rule(data=st.data())
    def save(self, data: st.DataObject) -> None:
        """A copy of the state."""
        training.save(self._with(data))

    @precondition(lambda self: self.draft.saved)
    @rule(data=st.data())
    def load(self, data: st.DataObject) -> None:
        """An earlier state again."""
        training.load(self._with(data))

    @rule(data=st.data())
    def add_group(self, data: st.DataObject) -> None:
        """A parameter that joins later."""
        d = self._with(data)
        training.add_group(d, statements.leaf(d, must_require_grad=True, plain=True))

    @rule(data=st.data())
    def freeze_or_unfreeze(self, data: st.DataObject) -> None:
        """A parameter that gets no gradients from now on, or gets them again."""
        training.freeze_or_unfreeze(self._with(data))

    @rule(data=st.data())
    def change_the_rate(self, data: st.DataObject) -> None:
        """Another learning rate."""
        training.change_rate(self._with(data))

    @rule(data=st.data())
    def another_optimizer(self, data: st.DataObject) -> None:
        """A second optimizer over some of the parameters."""
        training.create(self._with(data))

    @rule(data=st.data())
    def write(self, data: st.DataObject) -> None:
        """A parameter changed by hand."""
        training.write(self._with(data))

    def teardown(self) -> None:
        """Try the program."""
        if hasattr(self, "draft"):
            type(self).attempt(self.draft.statements)
