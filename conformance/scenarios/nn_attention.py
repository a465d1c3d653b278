"""Attention: the scaled dot product, and several heads of it."""

import numpy as np

from conformance.scenario import scenario
from conformance.witnesses.layers import attention, multihead_attention

QUERY = [[1.0, 0.5], [0.0, -1.0], [0.25, 2.0]]
KEY = [[0.5, 1.0], [-1.0, 0.0], [1.5, -0.5]]
VALUE = [[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]]
SEQUENCE = [[0.5, -1.0, 0.25, 1.0], [1.0, 0.0, -0.5, 0.75], [-0.25, 0.5, 1.5, -1.0]]


def self_attention(torch, **options):
    """MultiheadAttention(4, 2) with small weights that are all different, and these as NumPy arrays."""
    layer = torch.nn.MultiheadAttention(4, 2, **options)
    values = []
    for number, parameter in enumerate(
        (layer.in_proj_weight, layer.in_proj_bias, layer.out_proj.weight, layer.out_proj.bias)
    ):
        value = ((np.arange(parameter.numel()) * 7 + number) % 13 - 6).reshape(tuple(parameter.shape)) / 8
        with torch.no_grad():
            parameter.copy_(torch.tensor(value.tolist()))
        values.append(value)
    return layer, values


@scenario("NNM-39")
def scaled_dot_product_attention(torch, observe):
    query, key, value = (torch.tensor([x]) for x in (QUERY, KEY, VALUE))
    documented, _ = attention(*(np.array(x) for x in (QUERY, KEY, VALUE)))
    output = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    observe("the output", output, documented=[documented.tolist()], terms=32)


@scenario("NNM-39/mask", needs=["NNM-39"])
def a_mask_of_truth_values_says_what_takes_part(torch, observe):
    query, key, value = (torch.tensor([x]) for x in (QUERY, KEY, VALUE))
    allowed = [[True, False, True], [True, True, True], [False, True, False]]
    documented, _ = attention(*(np.array(x) for x in (QUERY, KEY, VALUE)), np.array(allowed))
    output = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=torch.tensor(allowed))
    observe("the output", output, documented=[documented.tolist()], terms=32)


@scenario("NNM-39/causal", needs=["NNM-39"])
def causal_attention_does_not_look_ahead(torch, observe):
    query, key, value = (torch.tensor([x]) for x in (QUERY, KEY, VALUE))
    documented, _ = attention(*(np.array(x) for x in (QUERY, KEY, VALUE)), np.tri(3, dtype=bool))
    output = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    observe("the output", output, documented=[documented.tolist()], terms=32)
    observe("the first takes the first value", output[0, 0], documented=VALUE[0], terms=8)


@scenario("NNM-39/additive", needs=["NNM-39"])
def a_mask_of_numbers_is_added_to_the_scores(torch, observe):
    query, key, value = (torch.tensor([x]) for x in (QUERY, KEY, VALUE))
    mask = torch.tensor([[float("-inf"), 0.0, float("-inf")]] * 3)
    output = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    observe("only the second value is left", output, documented=[[VALUE[1]] * 3], terms=8)


@scenario("NNM-40", needs=["NNM-39"])
def self_attention_of_two_heads(torch, observe):
    layer, values = self_attention(torch)
    x = torch.tensor([[row] for row in SEQUENCE])  # (length, batch of one, features)
    output, weights = layer(x, x, x)
    documented, documented_weights = multihead_attention(np.array(SEQUENCE), 2, *values, None)
    observe("the output", output, documented=[[row] for row in documented.tolist()], terms=64)
    observe("the weights, averaged over the heads", weights, documented=[documented_weights.tolist()], terms=64)


@scenario("NNM-40/batch-first", needs=["NNM-40"])
def self_attention_with_the_batch_first(torch, observe):
    layer, values = self_attention(torch, batch_first=True)
    x = torch.tensor([SEQUENCE])
    output, _ = layer(x, x, x)
    documented, _ = multihead_attention(np.array(SEQUENCE), 2, *values, None)
    observe("the output", output, documented=[documented.tolist()], terms=64)


@scenario("NNM-40/masks", needs=["NNM-40"])
def masks_of_self_attention_say_what_is_left_out(torch, observe):
    layer, values = self_attention(torch, batch_first=True)
    x = torch.tensor([SEQUENCE])
    forbidden = [[False, True, True], [False, False, True], [False, False, False]]
    output, weights = layer(x, x, x, attn_mask=torch.tensor(forbidden))
    documented, documented_weights = multihead_attention(np.array(SEQUENCE), 2, *values, np.tri(3, dtype=bool))
    observe("the output under a causal mask", output, documented=[documented.tolist()], terms=64)
    observe("the weights", weights, documented=[documented_weights.tolist()], terms=64)
    output, _ = layer(x, x, x, key_padding_mask=torch.tensor([[False, False, True]]))
    allowed = np.array([[True, True, False]] * 3)
    documented, _ = multihead_attention(np.array(SEQUENCE), 2, *values, allowed)
    observe("the output with the last position padded", output, documented=[documented.tolist()], terms=64)


@scenario("NNM-40/no-weights", needs=["NNM-40"])
def self_attention_need_not_return_weights(torch, observe):
    layer, values = self_attention(torch, batch_first=True)
    x = torch.tensor([SEQUENCE])
    output, weights = layer(x, x, x, need_weights=False)
    documented, _ = multihead_attention(np.array(SEQUENCE), 2, *values, None)
    observe("the output", output, documented=[documented.tolist()], terms=64)
    observe("the weights", weights, documented=None)
    _, weights = layer(x, x, x, average_attn_weights=False)
    observe("the shape of weights that are not averaged", list(weights.shape), documented=[1, 2, 3, 3])


@scenario("NNM-40/bad-heads")
def the_heads_divide_the_features(torch, observe):
    with observe.raises("five features and two heads", AssertionError, saying="divisible"):
        torch.nn.MultiheadAttention(5, 2)
