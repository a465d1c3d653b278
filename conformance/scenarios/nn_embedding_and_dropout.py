"""Embeddings, and dropout where it does not depend on chance."""

from conformance.scenario import scenario

TABLE = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def an_embedding(torch, **options):
    """An embedding whose rows are those of the table."""
    layer = torch.nn.Embedding(3, 2, **options)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(TABLE))
    return layer


@scenario("NNM-32")
def an_embedding_looks_up_rows(torch, observe):
    layer = an_embedding(torch)
    indices = torch.tensor([[2, 0], [2, 2]])
    observe("the output", layer(indices), documented=[[[5.0, 6.0], [1.0, 2.0]], [[5.0, 6.0], [5.0, 6.0]]])
    observe("its shape for one index", list(layer(torch.tensor(1)).shape), documented=[2])


@scenario("NNM-32/gradient", needs=["NNM-32"])
def each_look_up_adds_to_the_gradient_of_its_row(torch, observe):
    layer = an_embedding(torch)
    output = layer(torch.tensor([2, 0, 2]))
    output.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient", layer.weight.grad, documented=[[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]])


@scenario("NNM-32/padding-idx", needs=["NNM-32/gradient"])
def the_padding_row_gets_no_gradient(torch, observe):
    layer = an_embedding(torch, padding_idx=0)
    output = layer(torch.tensor([0, 1, 0]))
    observe("the output looks it up all the same", output, documented=[[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]])
    output.sum().backward()
    observe("the gradient", layer.weight.grad, documented=[[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    fresh = torch.nn.Embedding(3, 2, padding_idx=-1)
    observe("a new layer's padding row, counted from the end", fresh.weight[2], documented=[0.0, 0.0])


@scenario("NNM-32/scale-grad-by-freq", needs=["NNM-32/gradient"])
def gradients_may_be_divided_by_frequency(torch, observe):
    layer = an_embedding(torch, scale_grad_by_freq=True)
    layer(torch.tensor([2, 0, 2])).sum().backward()
    observe("the gradient", layer.weight.grad, documented=[[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]])


@scenario("NNM-32/max-norm", needs=["NNM-32"])
def rows_longer_than_max_norm_are_shortened_in_place(torch, observe):
    layer = an_embedding(torch, max_norm=5.0)
    layer.weight.data[0] = torch.tensor([6.0, 8.0])
    factor = 5 / (10 + 1e-7)
    observe("the output", layer(torch.tensor([0, 1])), documented=[[6 * factor, 8 * factor], [3.0, 4.0]], terms=8)
    documented = [[6 * factor, 8 * factor], [3.0, 4.0], [5.0, 6.0]]
    observe("the table, of which the last row was not looked up", layer.weight, documented=documented, terms=8)


@scenario("NNM-32/from-pretrained", needs=["NNM-32"])
def a_pretrained_embedding_is_frozen_unless_told_otherwise(torch, observe):
    frozen = torch.nn.Embedding.from_pretrained(torch.tensor(TABLE))
    observe("the output", frozen(torch.tensor([1])), documented=[[3.0, 4.0]])
    observe("its weight requires grad", frozen.weight.requires_grad, documented=False)
    trained = torch.nn.Embedding.from_pretrained(torch.tensor(TABLE), freeze=False)
    observe("with freeze=False", trained.weight.requires_grad, documented=True)


@scenario("NNM-32/out-of-range", devices="cpu", needs=["NNM-32"])
def an_index_beyond_the_table_is_refused(torch, observe):
    with observe.raises("index 3 of three rows", IndexError, saying="range"):
        an_embedding(torch)(torch.tensor([3]))


@scenario("NNM-33")
def an_embedding_bag_reduces_what_it_looks_up(torch, observe):
    indices = torch.tensor([[0, 1], [2, 2]])
    for mode, documented in (
        ("sum", [[4.0, 6.0], [10.0, 12.0]]),
        ("mean", [[2.0, 3.0], [5.0, 6.0]]),
        ("max", [[3.0, 4.0], [5.0, 6.0]]),
    ):
        layer = torch.nn.EmbeddingBag(3, 2, mode=mode)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(TABLE))
        observe(f"the output with mode={mode!r}", layer(indices), documented=documented)


@scenario("NNM-34")
def dropout_of_nothing_is_the_identity(torch, observe):
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = torch.nn.Dropout(p=0.0)(x)
    observe("the output", y, documented=[1.0, -2.0, 3.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[1.0, 1.0, 1.0])


@scenario("NNM-34/everything")
def dropout_of_everything_is_zero(torch, observe):
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = torch.nn.Dropout(p=1.0)(x)
    observe("the output", y, documented=[0.0, 0.0, 0.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[0.0, 0.0, 0.0])


@scenario("NNM-34/eval")
def dropout_in_eval_is_the_identity(torch, observe):
    x = torch.tensor([1.0, -2.0, 3.0])
    observe("the layer", torch.nn.Dropout(p=0.5).eval()(x), documented=[1.0, -2.0, 3.0])
    functional = torch.nn.functional.dropout(x, p=0.5, training=False)
    observe("the function with training=False", functional, documented=[1.0, -2.0, 3.0])


@scenario("NNM-34/bad-probability")
def the_probability_of_dropout_lies_between_zero_and_one(torch, observe):
    for p in (-0.5, 1.5):
        with observe.raises(f"p={p}", ValueError, saying=str(p)):
            torch.nn.Dropout(p=p)


@scenario("NNM-34/scale", needs=["NNM-34"])
def dropout_drops_about_its_share_and_scales_the_rest(torch, observe):
    x = torch.ones(100, 100, requires_grad=True)
    y = torch.nn.Dropout(p=0.25)(x)
    dropped = (y == 0).sum().item() / 10_000
    observe("the share dropped is within five deviations", abs(dropped - 0.25) < 5 * 0.00433, documented=True)
    kept = y[y != 0]
    observe("the least and the greatest of the rest: 1 / 0.75", [kept.min(), kept.max()], documented=[4 / 3, 4 / 3])
    y.sum().backward()
    observe("the gradient has the same mask", torch.equal(x.grad, y.detach()), documented=True)


@scenario("NNM-34/in-place", needs=["NNM-34/everything"])
def dropout_may_work_in_place(torch, observe):
    x = torch.tensor([1.0, -2.0])
    y = torch.nn.Dropout(p=1.0, inplace=True)(x)
    observe("it returns its input", y is x, documented=True)
    observe("the input", x, documented=[0.0, 0.0])


@scenario("NNM-35")
def channel_dropout_drops_whole_channels(torch, observe):
    x = torch.ones(1, 200, 2, 2)
    y = torch.nn.Dropout2d(p=0.5)(x)
    observe("its values are zero and two", sorted(set(y.flatten().tolist())), documented=[0.0, 2.0])
    whole = (y.amin(dim=(2, 3)) == y.amax(dim=(2, 3))).all().item()
    observe("a channel is dropped as a whole or not at all", whole, documented=True)
    observe("p=1 drops everything", torch.nn.Dropout1d(p=1.0)(torch.ones(1, 2, 2)), documented=[[[0.0] * 2] * 2])


@scenario("NNM-35/alpha")
def alpha_dropout_of_nothing_and_in_eval(torch, observe):
    x = torch.tensor([1.0, -2.0])
    observe("p=0", torch.nn.AlphaDropout(p=0.0)(x), documented=[1.0, -2.0])
    observe("in eval", torch.nn.AlphaDropout(p=0.5).eval()(x), documented=[1.0, -2.0])
