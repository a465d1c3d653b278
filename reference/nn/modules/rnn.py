"""Recurrent layers and cells: RNN, LSTM, GRU.

Source: https://docs.pytorch.org/docs/stable/nn.html#recurrent-layers.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from reference import state as modes
from reference.factories import empty
from reference.nn import init
from reference.nn.functional.dropouts import dropout
from reference.nn.functional.linear import linear
from reference.nn.modules.module import Module
from reference.nn.parameter import Parameter
from reference.nn.recurrence import gru_cell, joined, lstm_cell, rnn_cell, run_backward, run_forward
from reference.nn.utils.rnn import PackedSequence
from reference.ops.autocasting import lowered
from reference.ops.joining import cat, stack

_GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


class RNNBase(Module):
    """Weights of all layers and directions, and the run along the sequence."""

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check_options(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        self.mode, self.input_size, self.hidden_size = mode, input_size, hidden_size
        self.num_layers, self.bias, self.batch_first = num_layers, bias, batch_first
        self.dropout, self.bidirectional, self.proj_size = float(dropout), bidirectional, proj_size
        rows, width = _GATES[mode] * hidden_size, proj_size or hidden_size
        directions = 2 if bidirectional else 1
        self._names: list[list[str]] = []
        for layer in range(num_layers):
            for direction in range(directions):
                of_input = input_size if layer == 0 else width * directions
                shapes: dict[str, Any] = {"weight_ih": (rows, of_input), "weight_hh": (rows, width)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                suffix = f"_l{layer}{'_reverse' if direction else ''}"
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(empty(*shape, device=device, dtype=dtype)))
                self._names.append([name + suffix for name in shapes])
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform in plus or minus 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: the weights need not be next to each other here."""

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters, a list for each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._names]

    def _cell(self, weights: dict[str, Any]) -> Any:
        hidden = weights["weight_hh"], weights.get("bias_hh")
        if self.mode == "LSTM":
            return lstm_cell(*hidden, weights.get("weight_hr"))
        return gru_cell(*hidden) if self.mode == "GRU" else rnn_cell(self.mode[4:].lower(), *hidden)

    def _run(self, input: Any, batch_sizes: Any, state: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """The outputs (T, N, ...) of the last layer, or packed, and the last states (layers, N, ...).

        Under autocast an LSTM without projections or packing computes in autocast's dtype altogether, the others in
        their products alone.
        """
        weights = [{n.partition("_l")[0]: getattr(self, n) for n in names} for names in self._names]
        if modes.modes.autocast is None or self.mode != "LSTM" or self.proj_size or batch_sizes is not None:
            return self._run_layers(input, batch_sizes, state, weights)
        weights = [dict(zip(named, lowered(*named.values()), strict=True)) for named in weights]
        (input,), state = lowered(input), lowered(*state)
        before = modes.set_mode(autocast=None)
        try:
            return self._run_layers(input, batch_sizes, state, weights)
        finally:
            modes.set_mode(**before)

    def _run_layers(
        self, input: Any, batch_sizes: Any, state: tuple[Any, ...], weights: list[dict[str, Any]]
    ) -> tuple[Any, tuple[Any, ...]]:
        directions = 2 if self.bidirectional else 1
        last: list[tuple[Any, ...]] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                place = layer * directions + direction
                named = weights[place]
                gates = linear(input, named["weight_ih"], named.get("bias_ih"))
                steps = list(gates.unbind(0) if batch_sizes is None else gates.split(batch_sizes))
                run = run_backward if direction else run_forward
                found, after = run(self._cell(named), steps, tuple(part[place] for part in state))
                outputs.append(joined(found, batch_sizes is not None))
                last.append(after)
            input = outputs[0] if directions == 1 else cat(outputs, -1)
            if self.dropout and layer < self.num_layers - 1:
                input = dropout(input, self.dropout, self.training)
        return input, tuple(stack(list(parts)) for parts in zip(*last, strict=True))

    def _state_sizes(self) -> list[int]:
        """The widths of the parts of the state."""
        hidden = self.proj_size or self.hidden_size
        return [hidden, self.hidden_size] if self.mode == "LSTM" else [hidden]

    def _initial(self, hx: Any, like: Any, batch: int) -> tuple[Any, ...]:
        layers = self.num_layers * (2 if self.bidirectional else 1)
        shapes = [(layers, batch, width) for width in self._state_sizes()]
        if hx is None:
            return tuple(like.new_zeros(*shape) for shape in shapes)
        state = hx if isinstance(hx, tuple) else (hx,)
        for i, (part, shape) in enumerate(zip(state, shapes, strict=True)):
            if tuple(part.shape) != shape:
                label = "hidden" if self.mode != "LSTM" else f"hidden[{i}]"
                raise RuntimeError(f"Expected {label} size {shape}, got {list(part.shape)}")
        return state

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The outputs of the last layer at every step, and the last state of every layer."""
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        kind = self.mode.partition("_")[0]
        if input.ndim not in (2, 3):
            raise ValueError(f"{kind}: Expected input to be 2D or 3D, got {input.ndim}D tensor instead")
        batched = input.ndim == 3
        given = () if hx is None else hx if isinstance(hx, tuple) else (hx,)
        for part in given:
            if part.ndim != input.ndim:
                raise RuntimeError(
                    f"For {'batched 3-D' if batched else 'unbatched 2-D'} input, hx should also be {input.ndim}-D but "
                    f"got {part.ndim}-D tensor"
                )
        if not batched:
            input = input.unsqueeze(1)
            hx = None if hx is None else tuple(part.unsqueeze(1) for part in given)
        elif self.batch_first:
            input = input.transpose(0, 1)
        self._check_input(input)
        if input.shape[0] == 0:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        output, state = self._run(input, None, self._initial(hx, input, input.shape[1]))
        if not batched:
            output, state = output.squeeze(1), tuple(part.squeeze(1) for part in state)
        elif self.batch_first:
            output = output.transpose(0, 1)
        return output, state if self.mode == "LSTM" else state[0]

    def _check_input(self, input: Any) -> None:
        weight = getattr(self, self._names[0][0])
        if input.dtype is not weight.dtype and modes.modes.autocast is None:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). Convert input: "
                f"input.to({weight.dtype}), or convert model: model.to({input.dtype})"
            )
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )

    def _forward_packed(self, input: Any, hx: Any) -> tuple[Any, Any]:
        data, batch_sizes, order, original = input
        self._check_input(data)
        sizes = batch_sizes.tolist()
        state = self._initial(hx, data, sizes[0])
        if hx is not None and order is not None:
            state = tuple(part.index_select(1, order) for part in state)
        output, state = self._run(data, sizes, state)
        if original is not None:
            state = tuple(part.index_select(1, original) for part in state)
        packed = PackedSequence(output, batch_sizes, order, original)
        return packed, state if self.mode == "LSTM" else state[0]

    def extra_repr(self) -> str:
        """The sizes, and what differs from the defaults."""
        parts = [f"{self.input_size}, {self.hidden_size}"]
        for name, default in (
            ("proj_size", 0),
            ("num_layers", 1),
            ("bias", True),
            ("batch_first", False),
            ("dropout", 0.0),
            ("bidirectional", False),
        ):
            if getattr(self, name) != default:
                parts.append(f"{name}={getattr(self, name)}")
        return ", ".join(parts)


def _check_options(
    mode: str, input_size: Any, hidden_size: Any, num_layers: int, bias: Any, batch_first: Any, p: Any, proj_size: int
) -> None:
    if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0 <= p <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if p > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={p} and num_layers={num_layers}",
            stacklevel=4,
        )
    for name, value, kind in (
        ("bias", bias, bool),
        ("batch_first", batch_first, bool),
        ("input_size", input_size, int),
        ("hidden_size", hidden_size, int),
    ):
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
    for name, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
        if value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if proj_size and mode != "LSTM":
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """h' = tanh(W x + b + W' h + b') along a sequence, or ``relu`` of it."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(
            mode,
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory along a sequence; its state is a pair (h, c)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """Gated recurrent units along a sequence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


class RNNCellBase(Module):
    """The weights of one step."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(empty(rows, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            value = Parameter(empty(rows, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform in plus or minus 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _step(self, cell: Any, input: Any, state: tuple[Any, ...] | None, parts: int = 1) -> tuple[Any, ...]:
        """One step of (N, features) or (features); a missing state is zero."""
        name = type(self).__name__
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.ndim}D instead")
        for i, part in enumerate(state or ()):
            if part is not None and part.ndim not in (1, 2):
                label = "hidden" if parts == 1 else f"hx[{i}]"
                raise ValueError(f"{name}: Expected {label} to be 1D or 2D, got {part.ndim}D instead")
        batched = input.ndim == 2
        given = input if batched else input.unsqueeze(0)
        if state is None:
            state = (given.new_zeros(given.shape[0], self.hidden_size),) * parts
        elif not batched:
            state = tuple(part.unsqueeze(0) for part in state)
        self._check_sizes(given, state)
        after = cell(linear(given, self.weight_ih, self.bias_ih), state)
        return after if batched else tuple(part.squeeze(0) for part in after)

    def _check_sizes(self, input: Any, state: tuple[Any, ...]) -> None:
        if input.shape[1] != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {input.shape[1]} expected {self.input_size}")
        for i, part in enumerate(state):
            if part.shape[0] != input.shape[0]:
                raise RuntimeError(
                    f"Input batch size {input.shape[0]} doesn't match hidden{i} batch size {part.shape[0]}"
                )
            if part.shape[1] != self.hidden_size:
                raise RuntimeError(
                    f"hidden{i} has inconsistent hidden_size: got {part.shape[1]}, expected {self.hidden_size}"
                )

    def extra_repr(self) -> str:
        """The sizes, and what differs from the defaults."""
        bias = "" if self.bias else f", bias={self.bias}"
        kind = getattr(self, "nonlinearity", "tanh")
        return f"{self.input_size}, {self.hidden_size}{bias}" + (f", nonlinearity={kind}" if kind != "tanh" else "")


class RNNCell(RNNCellBase):
    """One step of an `RNN`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The state after the step."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        cell = rnn_cell(self.nonlinearity, self.weight_hh, self.bias_hh)
        return self._step(cell, input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """One step of an `LSTM`."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The state (h, c) after the step."""
        if hx is not None and not isinstance(hx, tuple):
            raise TypeError(f"lstm_cell(): argument 'hx' must be tuple of Tensors, not {type(hx).__name__}")
        return self._step(lstm_cell(self.weight_hh, self.bias_hh), input, hx, parts=2)  # type: ignore[return-value]


class GRUCell(RNNCellBase):
    """One step of a `GRU`."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The state after the step."""
        return self._step(gru_cell(self.weight_hh, self.bias_hh), input, None if hx is None else (hx,))[0]
