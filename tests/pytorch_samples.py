"""Samples that PyTorch keeps for its own tests, as the reference's."""

import pytest

import reference

torch = pytest.importorskip("torch")


def to_reference(value, made=None):
    """A sample's argument, tensors (also in lists, tuples and dicts) as the reference's; the same one stays one."""
    made = {} if made is None else made
    if isinstance(value, torch.Tensor):
        if id(value) not in made:
            leaf = reference.from_numpy(value.detach().numpy().copy(order="K"))
            made[id(value)] = leaf.requires_grad_(value.requires_grad)
        return made[id(value)]
    if isinstance(value, torch.dtype):
        return getattr(reference, str(value).removeprefix("torch."))
    if isinstance(value, torch.nn.TransformerEncoderLayer):
        return encoder_layer(value)
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        return reference.nn.utils.rnn.PackedSequence(*(to_reference(part, made) for part in value))
    if isinstance(value, (list, tuple)):
        return type(value)(to_reference(item, made) for item in value)
    if isinstance(value, dict):
        return {key: to_reference(item, made) for key, item in value.items()}
    if callable(value) and getattr(torch.nn.functional, getattr(value, "__name__", ""), None) is value:
        return getattr(reference.nn.functional, value.__name__)
    return value


def encoder_layer(layer):
    """A layer that is an argument of `TransformerEncoder`; its parameters are loaded with the encoder's."""
    return reference.nn.TransformerEncoderLayer(
        layer.linear1.in_features,
        layer.self_attn.num_heads,
        layer.linear1.out_features,
        layer.dropout.p,
        to_reference(layer.activation),
        layer.norm1.eps,
        layer.self_attn.batch_first,
        layer.norm_first,
        layer.linear1.bias is not None,
    )


def tensors_of(value):
    """All tensors in an argument or a result, in order."""
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in tensors_of(item)]
    if isinstance(value, dict):
        return tensors_of(list(value.values()))
    return [value] if hasattr(value, "requires_grad") and hasattr(value, "shape") else []
