"""Sequences of different lengths: padded, packed, and run through a recurrent layer."""

from conformance.scenario import scenario


def three_sequences(torch):
    """Of lengths 2, 3 and 1, each element one number."""
    return [
        torch.tensor([[1.0], [2.0]], requires_grad=True),
        torch.tensor([[3.0], [4.0], [5.0]], requires_grad=True),
        torch.tensor([[6.0]], requires_grad=True),
    ]


@scenario("NNM-60")
def pad_sequence_fills_up_to_the_longest(torch, observe):
    sequences = three_sequences(torch)
    padded = torch.nn.utils.rnn.pad_sequence(sequences)
    observe("time first", padded, documented=[[[1], [3], [6]], [[2], [4], [0]], [[0], [5], [0]]])
    batched = torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True, padding_value=-1.0)
    observe("batch first, -1", batched, documented=[[[1], [2], [-1]], [[3], [4], [5]], [[6], [-1], [-1]]])
    left = torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True, padding_side="left")
    observe("padded on the left", left, documented=[[[0], [1], [2]], [[3], [4], [5]], [[0], [0], [6]]])
    (batched * torch.arange(1.0, 10.0).reshape(3, 3, 1)).sum().backward()
    observe("gradients pass to what is not padding", [s.grad for s in sequences])


REFUSED = {
    "none": lambda rnn, torch: rnn.pad_sequence([]),
    "a-number": lambda rnn, torch: rnn.pad_sequence(3),
    "an-unknown-side": lambda rnn, torch: rnn.pad_sequence([torch.ones(1)], padding_side="middle"),
    "lengths-that-grow": lambda rnn, torch: rnn.pack_padded_sequence(torch.ones(3, 2, 1), [2, 3]),
    "a-length-of-zero": lambda rnn, torch: rnn.pack_padded_sequence(torch.ones(3, 2, 1), [3, 0]),
    "too-few-lengths": lambda rnn, torch: rnn.pack_padded_sequence(torch.ones(3, 2, 1), [3]),
}


@scenario("NNM-60", cases=REFUSED, needs=["NNM-60"])
def sequences_that_cannot_be_padded_or_packed_are_refused(torch, observe, use):
    with observe.raises("the call", RuntimeError):
        use(torch.nn.utils.rnn, torch)


# On the CPU: pack_sequence makes the lengths where tensors are made by default, and wants them on the CPU.
@scenario("NNM-61", devices="cpu", needs=["NNM-60"])
def a_packed_batch_holds_the_elements_step_by_step(torch, observe):
    rnn = torch.nn.utils.rnn
    packed = rnn.pack_sequence(three_sequences(torch), enforce_sorted=False)
    observe("data", packed.data, documented=[[3], [1], [6], [4], [2], [5]])
    observe("batch sizes", packed.batch_sizes.tolist(), documented=[3, 2, 1])
    observe("the order", packed.sorted_indices.tolist(), documented=[1, 0, 2])
    observe("and back", packed.unsorted_indices.tolist(), documented=[1, 0, 2])
    padded, lengths = rnn.pad_packed_sequence(packed, batch_first=True)
    observe("padded again", padded, documented=[[[1], [2], [0]], [[3], [4], [5]], [[6], [0], [0]]])
    observe("the lengths", lengths.tolist(), documented=[2, 3, 1])
    observe("the sequences again", rnn.unpack_sequence(packed))
    longer, _ = rnn.pad_packed_sequence(packed, padding_value=-1.0, total_length=4)
    observe("to a total length", longer)


@scenario("NNM-61/gradients", devices="cpu", needs=["NNM-61"])
def gradients_pass_through_packing(torch, observe):
    rnn = torch.nn.utils.rnn
    sequences = three_sequences(torch)
    packed = rnn.pack_sequence(sequences, enforce_sorted=False)
    (packed.data * torch.arange(1.0, 7.0).unsqueeze(1)).sum().backward()
    observe("the gradients", [s.grad for s in sequences], documented=[[[2], [5]], [[1], [4], [6]], [[3]]])


@scenario("NNM-61/converted", devices="cpu", needs=["NNM-61"])
def a_packed_batch_can_be_converted(torch, observe):
    packed = torch.nn.utils.rnn.pack_sequence(three_sequences(torch), enforce_sorted=False)
    observe("to double", packed.double().data.dtype)
    observe("to an int", packed.long().data)
    observe("by to()", packed.to(torch.float16).data.dtype)
    observe("on a GPU", packed.is_cuda)


@scenario("NNM-61/in-a-layer", devices="cpu", needs=["NNM-61"], cases=["RNN", "LSTM", "GRU"])
def a_recurrent_layer_takes_and_gives_packed_batches(torch, observe, kind):
    rnn = torch.nn.utils.rnn
    layer = getattr(torch.nn, kind)(1, 2)
    with torch.no_grad():
        for place, parameter in enumerate(layer.parameters()):
            parameter.fill_(0.125 * (place + 1))
    packed = rnn.pack_sequence(three_sequences(torch), enforce_sorted=False)
    output, hidden = layer(packed)
    padded, lengths = rnn.pad_packed_sequence(output)
    observe("the output", padded, terms=20)
    observe("the lengths", lengths.tolist())
    observe("the last hidden state", list(hidden) if kind == "LSTM" else hidden, terms=20)
    padded.sum().backward()
    observe("the gradients of the layer", [p.grad for p in layer.parameters()], terms=60)
