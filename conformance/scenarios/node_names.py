"""The names of the nodes of functions, and of the nodes that come next: what `grad_fn.name()` says of each."""

from conformance.scenario import scenario


def _names(node):
    return [node.name(), [next.name() if next else None for next, _ in node.next_functions]]


# --- of images: (1, 2, 2, 2) ------------------------------------------------------------------------------------------

OF_IMAGES = {
    "max_pool1d": lambda torch, x: torch.nn.functional.max_pool1d(x[0], 2),
    "max_pool2d": lambda torch, x: torch.nn.functional.max_pool2d(x, 2),
    "max_pool3d": lambda torch, x: torch.nn.functional.max_pool3d(x, 2),
    "avg_pool1d": lambda torch, x: torch.nn.functional.avg_pool1d(x[0], 2),
    "avg_pool2d": lambda torch, x: torch.nn.functional.avg_pool2d(x, 2),
    "avg_pool3d": lambda torch, x: torch.nn.functional.avg_pool3d(x, 2),
    "adaptive_max_pool1d": lambda torch, x: torch.nn.functional.adaptive_max_pool1d(x[0], 1),
    "adaptive_max_pool3d": lambda torch, x: torch.nn.functional.adaptive_max_pool3d(x, 1),
    "adaptive_avg_pool1d": lambda torch, x: torch.nn.functional.adaptive_avg_pool1d(x[0], 2),
    "adaptive_avg_pool1d-to-one": lambda torch, x: torch.nn.functional.adaptive_avg_pool1d(x[0], 1),
    "adaptive_avg_pool2d": lambda torch, x: torch.nn.functional.adaptive_avg_pool2d(x, 2),
    "adaptive_avg_pool2d-to-one": lambda torch, x: torch.nn.functional.adaptive_avg_pool2d(x, 1),
    "adaptive_avg_pool3d": lambda torch, x: torch.nn.functional.adaptive_avg_pool3d(x, 2),
    "lp_pool1d": lambda torch, x: torch.nn.functional.lp_pool1d(x[0], 2, 2),
    "fractional_max_pool3d": lambda torch, x: torch.nn.functional.fractional_max_pool3d(x, 1, output_size=1),
    "max_unpool1d": lambda torch, x: torch.nn.functional.max_unpool1d(x[0], _places(torch)[0], 1),
    "max_unpool2d": lambda torch, x: torch.nn.functional.max_unpool2d(x, _places(torch), 1),
}


def _places(torch):
    return torch.tensor([[[[0, 1], [0, 1]], [[0, 1], [0, 1]]]])


@scenario("GPH-02/of-images", cases=OF_IMAGES, needs=["GPH-02/CloneBackward0"])
def the_nodes_of_a_function_of_images(torch, observe, function):
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]], requires_grad=True)
    observe("its name, and those of the next", _names(function(torch, x).grad_fn))


# --- with indices or masks --------------------------------------------------------------------------------------------

WITH_INDICES = {
    "index_select": lambda torch, x, at, mask: torch.index_select(x, 0, at),
    "gather": lambda torch, x, at, mask: torch.gather(x, 0, at),
    "take": lambda torch, x, at, mask: torch.take(x, at),
    "an index": lambda torch, x, at, mask: x[at],
    "a mask": lambda torch, x, at, mask: x[mask],
    "masked_select": lambda torch, x, at, mask: torch.masked_select(x, mask),
    "where": lambda torch, x, at, mask: torch.where(mask, x, x),
    "index_add": lambda torch, x, at, mask: torch.index_add(x, 0, at, x),
    "index_put": lambda torch, x, at, mask: torch.index_put(x, (at,), x),
    "scatter_add": lambda torch, x, at, mask: torch.scatter_add(x, 0, at, x),
    "masked_scatter": lambda torch, x, at, mask: torch.masked_scatter(x, mask, x),
    "embedding": lambda torch, x, at, mask: torch.nn.functional.embedding(at, x.reshape(2, 1)),
    "nll_loss": lambda torch, x, at, mask: torch.nn.functional.nll_loss(x.reshape(1, 2), at[:1]),
}


@scenario("GPH-03/what-carries-no-gradient", cases=WITH_INDICES, needs=["GPH-03"])
def indices_and_masks_have_no_place_in_next_functions(torch, observe, function):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = function(torch, x, torch.tensor([1, 0]), torch.tensor([True, True]))
    observe("its name, and those of the next", _names(y.grad_fn))
