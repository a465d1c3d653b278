"""Recurrent layers: RNN, LSTM and GRU, by their documented formulas step by step."""

import numpy as np

from conformance.scenario import scenario
from conformance.witnesses.layers import gru_step, lstm_step, rnn_step

STEPS = {"RNN": rnn_step, "LSTM": lstm_step, "GRU": gru_step}
INPUTS = [[[0.5, -1.0], [1.0, 0.25]], [[-0.75, 0.5], [0.0, 1.5]], [[1.0, 1.0], [-0.5, -0.25]]]  # (time, batch, 2)
HIDDEN = 3


def fill(torch, layer):
    """Give a layer weights that are all different, small and of both signs; as NumPy arrays by name."""
    values = {}
    for number, (name, parameter) in enumerate(layer.named_parameters()):
        count = parameter.numel()
        value = ((np.arange(count) * 7 + number * 3) % 11 - 5).reshape(tuple(parameter.shape)) / 8
        with torch.no_grad():
            parameter.copy_(torch.tensor(value.tolist()))
        values[name] = value
    return values


def unrolled(name, values, inputs, state, suffix="l0"):
    """The hidden state after each input, and the last state."""
    weights = [values[f"{part}_{suffix}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    outputs = []
    for x in inputs:
        state = STEPS[name](x, state, *weights)
        outputs.append(state[0] if name == "LSTM" else state)
    return np.array(outputs), state


def zeros(name, batch=2):
    """The state that a layer starts with by default."""
    hidden = np.zeros((batch, HIDDEN))
    return (hidden, hidden) if name == "LSTM" else hidden


@scenario("NNM-36", cases=list(STEPS))
def a_recurrent_layer_follows_its_formula(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN)
    values = fill(torch, layer)
    output, state = layer(torch.tensor(INPUTS))
    documented, last = unrolled(name, values, np.array(INPUTS), zeros(name))
    observe("the hidden state after each input", output, documented=documented.tolist(), terms=64)
    hidden = state[0] if name == "LSTM" else state
    observe("the last hidden state", hidden, documented=[documented[-1].tolist()], terms=64)
    if name == "LSTM":
        observe("the last cell state", state[1], documented=[last[1].tolist()], terms=64)


@scenario("NNM-36/names", cases=list(STEPS))
def the_parameters_of_a_recurrent_layer(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN, num_layers=2)
    gates = {"RNN": 1, "LSTM": 4, "GRU": 3}[name] * HIDDEN
    shapes = {key: list(parameter.shape) for key, parameter in layer.named_parameters()}
    documented = {
        "weight_ih_l0": [gates, 2],
        "weight_hh_l0": [gates, HIDDEN],
        "bias_ih_l0": [gates],
        "bias_hh_l0": [gates],
        "weight_ih_l1": [gates, HIDDEN],
        "weight_hh_l1": [gates, HIDDEN],
        "bias_ih_l1": [gates],
        "bias_hh_l1": [gates],
    }
    observe("their shapes", shapes, documented=documented)
    bounded = all(p.detach().abs().max().item() <= HIDDEN**-0.5 for p in layer.parameters())
    observe("none is larger than 1 / sqrt(hidden) at first", bounded, documented=True)


@scenario("NNM-36/initial-state", cases=list(STEPS), needs=["NNM-36/RNN"])
def a_recurrent_layer_starts_from_the_state_given(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN)
    values = fill(torch, layer)
    hidden = [[0.5, -0.5, 0.25], [1.0, 0.0, -1.0]]
    cell = [[-1.0, 0.5, 0.75], [0.25, 2.0, -0.5]]
    start = np.array(hidden)
    given = torch.tensor([hidden])
    if name == "LSTM":
        start, given = (start, np.array(cell)), (given, torch.tensor([cell]))
    output, _ = layer(torch.tensor(INPUTS), given)
    documented, _ = unrolled(name, values, np.array(INPUTS), start)
    observe("the hidden state after each input", output, documented=documented.tolist(), terms=64)


@scenario("NNM-36/layers", cases=list(STEPS), needs=["NNM-36/RNN"])
def layers_feed_each_other(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN, num_layers=2)
    values = fill(torch, layer)
    output, state = layer(torch.tensor(INPUTS))
    first, _ = unrolled(name, values, np.array(INPUTS), zeros(name))
    second, _ = unrolled(name, values, first, zeros(name), suffix="l1")
    observe("the output is the last layer's", output, documented=second.tolist(), terms=128)
    hidden = state[0] if name == "LSTM" else state
    documented = [first[-1].tolist(), second[-1].tolist()]
    observe("the last hidden states of both", hidden, documented=documented, terms=128)


@scenario("NNM-36/both-ways", cases=list(STEPS), needs=["NNM-36/RNN"])
def a_bidirectional_layer_reads_both_ways(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN, bidirectional=True)
    values = fill(torch, layer)
    output, state = layer(torch.tensor(INPUTS))
    forward, _ = unrolled(name, values, np.array(INPUTS), zeros(name))
    backward, _ = unrolled(name, values, np.array(INPUTS)[::-1], zeros(name), suffix="l0_reverse")
    documented = np.concatenate([forward, backward[::-1]], axis=-1).tolist()
    observe("the output holds both", output, documented=documented, terms=64)
    hidden = state[0] if name == "LSTM" else state
    observe("the last states", hidden, documented=[forward[-1].tolist(), backward[-1].tolist()], terms=64)


@scenario("NNM-36/batch-first", cases=list(STEPS), needs=["NNM-36/RNN"])
def batch_first_turns_input_and_output(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN, batch_first=True)
    values = fill(torch, layer)
    output, state = layer(torch.tensor(np.array(INPUTS).swapaxes(0, 1).tolist()))
    documented, _ = unrolled(name, values, np.array(INPUTS), zeros(name))
    observe("the output", output, documented=documented.swapaxes(0, 1).tolist(), terms=64)
    hidden = state[0] if name == "LSTM" else state
    observe("the last state is not turned", hidden, documented=[documented[-1].tolist()], terms=64)


@scenario("NNM-36/no-batch", cases=list(STEPS), needs=["NNM-36/RNN"])
def a_recurrent_layer_of_one_sequence(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN)
    values = fill(torch, layer)
    sequence = np.array(INPUTS)[:, 0]
    output, state = layer(torch.tensor(sequence.tolist()))
    documented, _ = unrolled(name, values, sequence[:, None], zeros(name, batch=1))
    observe("the output", output, documented=documented[:, 0].tolist(), terms=64)
    hidden = state[0] if name == "LSTM" else state
    observe("the last state's shape", list(hidden.shape), documented=[1, HIDDEN])


@scenario("NNM-36/relu", needs=["NNM-36/RNN"])
def an_rnn_may_use_relu(torch, observe):
    layer = torch.nn.RNN(1, 1, nonlinearity="relu")
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), (2.0, 0.5, 1.0, -0.5), strict=True):
            parameter.fill_(value)
    output, _ = layer(torch.tensor([[[1.0]], [[-3.0]], [[0.5]]]))
    # max(0, 2 x + 1 + 0.5 h - 0.5)
    observe("the output", output, documented=[[[2.5]], [[0.0]], [[1.5]]])
    with observe.raises("nonlinearity='sine'", ValueError, saying="sine"):
        torch.nn.RNN(1, 1, nonlinearity="sine")


@scenario("NNM-36/gradients", cases=list(STEPS), needs=["NNM-36/RNN"])
def gradients_of_a_recurrent_layer(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN)
    values = fill(torch, layer)
    x = torch.tensor(INPUTS, requires_grad=True)
    output, _ = layer(x)
    output.sum().backward()

    def total(part, index, change):
        changed = {key: value.astype(complex) for key, value in values.items()}
        inputs = np.array(INPUTS, dtype=complex)
        (inputs if part == "x" else changed[part])[index] += change
        return unrolled(name, changed, inputs, zeros(name))[0].sum()

    for part, gradient in (("x", x.grad), *((key, getattr(layer, key).grad) for key in values)):
        documented = np.empty(tuple(gradient.shape))
        for index in np.ndindex(documented.shape):  # the derivative by a step along the imaginary axis
            documented[index] = total(part, index, 1e-100j).imag / 1e-100
        observe(f"the gradient of {part}", gradient, documented=documented.tolist(), terms=128, scale=1.0)


@scenario("NNM-37", cases=["RNNCell", "LSTMCell", "GRUCell"])
def a_cell_is_one_step(torch, observe, name):
    cell = getattr(torch.nn, name)(2, HIDDEN)
    values = {f"{key}_l0": value for key, value in fill(torch, cell).items()}
    kind = name.removesuffix("Cell")
    hidden = np.array([[0.5, -0.5, 0.25], [1.0, 0.0, -1.0]])
    start, given = hidden, torch.tensor(hidden.tolist())
    if kind == "LSTM":
        start, given = (hidden, hidden / 2), (given, given / 2)
    state = cell(torch.tensor(INPUTS[0]), given)
    documented, last = unrolled(kind, values, np.array(INPUTS[:1]), start)
    observe("the new hidden state", state[0] if kind == "LSTM" else state, documented=documented[0].tolist(), terms=32)
    if kind == "LSTM":
        observe("the new cell state", state[1], documented=last[1].tolist(), terms=32)


@scenario("NNM-38", cases=list(STEPS))
def a_recurrent_layer_checks_its_input(torch, observe, name):
    layer = getattr(torch.nn, name)(2, HIDDEN)
    with observe.raises("inputs of three features for two", RuntimeError, saying=("2", "3")):
        layer(torch.zeros(4, 1, 3))
    with observe.raises("an input of one dimension", ValueError, saying="3D"):
        layer(torch.zeros(2))


@scenario("NNM-66", cases=["RNN", "LSTM", "GRU"])
def a_sequence_without_steps_is_refused_and_a_batch_of_none_is_not(torch, observe, kind):
    layer = getattr(torch.nn, kind)(2, 3)
    with observe.raises("no steps", RuntimeError, saying="sequence length"):
        layer(torch.ones(0, 1, 2))
    observe("no batch: the output's shape", list(layer(torch.ones(1, 0, 2))[0].shape), documented=[1, 0, 3])


@scenario("NNM-66/a-state-of-one-part", needs=["NNM-66/LSTM"])
def the_state_of_an_lstm_cell_has_two_parts(torch, observe):
    with observe.raises("one tensor", TypeError, saying="hx"):
        torch.nn.LSTMCell(2, 3)(torch.ones(1, 2), torch.ones(1, 3))


@scenario("NNM-66/sizes", needs=["NNM-66/RNN"])
def sizes_and_offsets_that_do_not_fit_are_refused(torch, observe):
    functional = torch.nn.functional
    with observe.raises("a number as normalized_shape", TypeError, saying="normalized_shape"):
        functional.layer_norm(torch.ones(2, 3), 3)
    with observe.raises("bags that do not begin at 0", RuntimeError, saying="offsets"):
        functional.embedding_bag(torch.tensor([0, 1]), torch.ones(2, 3), torch.tensor([1]))
