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
    "batch_norm": lambda torch, x: torch.nn.functional.batch_norm(x, None, None, training=True),
    "batch_norm-of-nothing": lambda torch, x: torch.nn.functional.batch_norm(x[:0], torch.zeros(2), torch.ones(2)),
    "instance_norm": lambda torch, x: torch.nn.functional.instance_norm(x),
    "instance_norm-weighted": lambda torch, x: torch.nn.functional.instance_norm(x, weight=x[0, 0, 0]),
    "group_norm": lambda torch, x: torch.nn.functional.group_norm(x, 2),
    "layer_norm": lambda torch, x: torch.nn.functional.layer_norm(x, (2,)),
    "rms_norm": lambda torch, x: torch.nn.functional.rms_norm(x, (2,)),
    "glu": lambda torch, x: torch.nn.functional.glu(x),
    "pad-reflect": lambda torch, x: torch.nn.functional.pad(x[0], (1, 1), mode="reflect"),
    "pad-replicate": lambda torch, x: torch.nn.functional.pad(x, (1, 1, 1, 1), mode="replicate"),
    "pad-constant": lambda torch, x: torch.nn.functional.pad(x, (1, 1)),
    "interpolate-nearest": lambda torch, x: torch.nn.functional.interpolate(x[0], scale_factor=2),
    "interpolate-nearest-exact": lambda torch, x: torch.nn.functional.interpolate(x, size=3, mode="nearest-exact"),
    "interpolate-linear": lambda torch, x: torch.nn.functional.interpolate(x[0], size=3, mode="linear"),
    "interpolate-bilinear": lambda torch, x: torch.nn.functional.interpolate(x, size=3, mode="bilinear"),
    "interpolate-bicubic": lambda torch, x: torch.nn.functional.interpolate(x, size=3, mode="bicubic"),
    "interpolate-trilinear": lambda torch, x: torch.nn.functional.interpolate(x[None], size=3, mode="trilinear"),
    "interpolate-area": lambda torch, x: torch.nn.functional.interpolate(x[None], size=3, mode="area"),
    "pixel_shuffle": lambda torch, x: torch.nn.functional.pixel_shuffle(x.reshape(4, 2, 1), 2),
    "pixel_unshuffle": lambda torch, x: torch.nn.functional.pixel_unshuffle(x, 2),
    "channel_shuffle": lambda torch, x: torch.nn.functional.channel_shuffle(x, 2),
    "unfold": lambda torch, x: torch.nn.functional.unfold(x, 2),
    "fold": lambda torch, x: torch.nn.functional.fold(x.reshape(1, 4, 2), (2, 3), 2),
    "fft": lambda torch, x: torch.fft.fft(x),
    "ifft": lambda torch, x: torch.fft.ifft(x),
    "fft2": lambda torch, x: torch.fft.fft2(x),
    "rfft-padded": lambda torch, x: torch.fft.rfft(x, n=3),
    "irfft": lambda torch, x: torch.fft.irfft(x),
}


def _places(torch):
    return torch.tensor([[[[0, 1], [0, 1]], [[0, 1], [0, 1]]]])


@scenario("GPH-02/of-images", cases=OF_IMAGES, needs=["GPH-02/CloneBackward0"])
def the_nodes_of_a_function_of_images(torch, observe, function):
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]], requires_grad=True)
    observe("its name, and those of the next", _names(function(torch, x).grad_fn))


# --- of vectors -------------------------------------------------------------------------------------------------------

ACTIVATIONS = {
    "celu": lambda torch, x: torch.nn.functional.celu(x),
    "celu_": lambda torch, x: torch.nn.functional.celu_(x.clone()),
    "elu_": lambda torch, x: torch.nn.functional.elu_(x.clone()),
    "selu": lambda torch, x: torch.nn.functional.selu(x),
    "hardtanh": lambda torch, x: torch.nn.functional.hardtanh(x),
    "relu6": lambda torch, x: torch.nn.functional.relu6(x),
    "leaky_relu_": lambda torch, x: torch.nn.functional.leaky_relu_(x.clone()),
    "rrelu": lambda torch, x: torch.nn.functional.rrelu(x),
    "rrelu-in-training": lambda torch, x: torch.nn.functional.rrelu(x, training=True),
    "rrelu_": lambda torch, x: torch.nn.functional.rrelu_(x.clone()),
    "threshold": lambda torch, x: torch.nn.functional.threshold(x, 0.0, 1.0),
    "threshold_": lambda torch, x: torch.nn.functional.threshold_(x.clone(), 0.0, 1.0),
    "logsigmoid": lambda torch, x: torch.nn.functional.logsigmoid(x),
    "gelu": lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"),
    "softmin": lambda torch, x: torch.nn.functional.softmin(x, 0),
}


@scenario("GPH-02/of-activations", cases=ACTIVATIONS, needs=["GPH-02/CloneBackward0"])
def the_nodes_of_an_activation(torch, observe, function):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("its name, and those of the next", _names(function(torch, x).grad_fn))


# --- of losses and distances: x is (2, 2) -----------------------------------------------------------------------------

LOSSES = {
    "nll_loss": lambda torch, x, y: torch.nn.functional.nll_loss(x, torch.tensor([0, 1])),
    "nll_loss-of-one": lambda torch, x, y: torch.nn.functional.nll_loss(x[0], torch.tensor(1)),
    "nll_loss-of-images": lambda torch, x, y: torch.nn.functional.nll_loss(x[None, :, :, None], _classes(torch)),
    "nll_loss-of-sequences": lambda torch, x, y: torch.nn.functional.nll_loss(x[None], _classes(torch)[:, :, 0]),
    "cross_entropy": lambda torch, x, y: torch.nn.functional.cross_entropy(x, torch.tensor([0, 1])),
    "cross_entropy-of-probabilities": lambda torch, x, y: torch.nn.functional.cross_entropy(x, y),
    "cross_entropy-smoothed": lambda torch, x, y: torch.nn.functional.cross_entropy(
        x, torch.tensor([0, 1]), label_smoothing=0.5
    ),
    "multi_margin_loss": lambda torch, x, y: torch.nn.functional.multi_margin_loss(x, torch.tensor([0, 1])),
    "multilabel_margin_loss": lambda torch, x, y: torch.nn.functional.multilabel_margin_loss(x, _labels(torch)),
    "multilabel_soft_margin_loss": lambda torch, x, y: torch.nn.functional.multilabel_soft_margin_loss(x, y),
    "soft_margin_loss": lambda torch, x, y: torch.nn.functional.soft_margin_loss(x, y),
    "margin_ranking_loss": lambda torch, x, y: torch.nn.functional.margin_ranking_loss(x, x, y, reduction="none"),
    "hinge_embedding_loss": lambda torch, x, y: torch.nn.functional.hinge_embedding_loss(x, y, reduction="none"),
    "triplet_margin_loss": lambda torch, x, y: torch.nn.functional.triplet_margin_loss(x, y, x, reduction="none"),
    "poisson_nll_loss": lambda torch, x, y: torch.nn.functional.poisson_nll_loss(x, y, log_input=False),
    "gaussian_nll_loss": lambda torch, x, y: torch.nn.functional.gaussian_nll_loss(x, y, x),
    "pairwise_distance": lambda torch, x, y: torch.nn.functional.pairwise_distance(x, y),
    "cosine_similarity": lambda torch, x, y: torch.nn.functional.cosine_similarity(x, y),
    "pdist": lambda torch, x, y: torch.nn.functional.pdist(x),
    "cdist": lambda torch, x, y: torch.cdist(x, x),
    "dist": lambda torch, x, y: torch.dist(x, y),
    "normalize": lambda torch, x, y: torch.nn.functional.normalize(x),
    "bilinear": lambda torch, x, y: torch.nn.functional.bilinear(x, x, y[None]),
    "linear-of-a-vector": lambda torch, x, y: torch.nn.functional.linear(y[0], x, x[0]),
    "linear-of-batches": lambda torch, x, y: torch.nn.functional.linear(y[None], x),
    "linear-of-batches-with-bias": lambda torch, x, y: torch.nn.functional.linear(y[None], y, x[0]),
}


def _classes(torch):
    return torch.tensor([[[0], [1]]])


def _labels(torch):
    return torch.tensor([[0, -1], [1, -1]])


@scenario("GPH-02/of-losses", cases=LOSSES, needs=["GPH-02/CloneBackward0"])
def the_nodes_of_a_loss_a_distance_or_a_linear_map(torch, observe, function):
    x = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    y = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    observe("its name, and those of the next", _names(function(torch, x, y).grad_fn))


# --- with numbers in the place of tensors: x and y are vectors, n a number of no dimensions ---------------------------

WITH_NUMBERS = {
    "clamp_min": lambda torch, x, y: torch.clamp_min(x, 1.5),
    "clamp_min-of-a-tensor": lambda torch, x, y: torch.clamp_min(x, y),
    "clamp_max": lambda torch, x, y: torch.clamp_max(x, 1.5),
    "clamp_max_": lambda torch, x, y: x.clone().clamp_max_(y),
    "masked_fill": lambda torch, x, y: x.masked_fill(x > 1, 1.0),
    "masked_fill-of-a-tensor": lambda torch, x, y: x.masked_fill(x > 1, y[0]),
    "fill": lambda torch, x, y: torch.fill(x, 1.0),
    "fill-of-a-tensor": lambda torch, x, y: torch.fill(x, y[0]),
    "fill_": lambda torch, x, y: x.clone().fill_(1.0),
    "fill_-of-a-tensor": lambda torch, x, y: x.clone().fill_(y[0]),
    "index_fill": lambda torch, x, y: x.index_fill(0, torch.tensor([0]), 1.0),
    "index_fill-of-a-tensor": lambda torch, x, y: x.index_fill(0, torch.tensor([0]), y[0]),
    "scatter": lambda torch, x, y: x.scatter(0, torch.tensor([0]), 1.0),
    "scatter-of-a-tensor": lambda torch, x, y: x.scatter(0, torch.tensor([0]), y),
    "scatter-with-reduce": lambda torch, x, y: x.scatter(0, torch.tensor([0]), 2.0, reduce="multiply"),
    "index_reduce": lambda torch, x, y: x.index_reduce(0, torch.tensor([0, 1]), y, "amax"),
    "lerp": lambda torch, x, y: torch.lerp(x, y, 0.5),
    "lerp-of-a-tensor": lambda torch, x, y: torch.lerp(x, y, torch.tensor([0.5, 0.5])),
    "div-rounded": lambda torch, x, y: torch.div(x, y, rounding_mode="floor"),
    "remainder": lambda torch, x, y: x % 2,
    "remainder-of-a-tensor": lambda torch, x, y: x % y,
    "remainder-of-a-number": lambda torch, x, y: 2 % x,
    "remainder_": lambda torch, x, y: x.clone().remainder_(2),
    "fmod": lambda torch, x, y: torch.fmod(x, 2),
    "fmod-of-a-tensor": lambda torch, x, y: torch.fmod(x, y),
    "fmod_": lambda torch, x, y: x.clone().fmod_(2),
    "rsub": lambda torch, x, y: torch.rsub(x, y),
    "sort": lambda torch, x, y: torch.sort(x).values,
    "sort-stable": lambda torch, x, y: torch.sort(x, stable=True).values,
}


@scenario("GPH-02/of-numbers", cases=WITH_NUMBERS, needs=["GPH-02/CloneBackward0"])
def the_nodes_of_a_function_that_takes_a_number_or_a_tensor(torch, observe, function):
    x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([2.0, 1.0], requires_grad=True)
    observe("its name, and those of the next", _names(function(torch, x, y).grad_fn))


# --- of matrices: x is (1, 2) -----------------------------------------------------------------------------------------

OF_MATRICES = {
    "t_": lambda torch, x: x.clone().t_(),
    "transpose_": lambda torch, x: x.clone().transpose_(0, 1),
    "squeeze_": lambda torch, x: x.clone().squeeze_(),
    "squeeze_-of-one-dimension": lambda torch, x: x.clone().squeeze_(0),
    "squeeze_-of-several": lambda torch, x: x.clone().squeeze_((0,)),
    "unsqueeze_": lambda torch, x: x.clone().unsqueeze_(0),
    "as_strided_": lambda torch, x: x.clone().as_strided_((2,), (1,)),
    "expand_copy": lambda torch, x: torch.expand_copy(x, (2, 2)),
    "view_copy": lambda torch, x: torch.view_copy(x, (2, 1)),
    "permute_copy": lambda torch, x: torch.permute_copy(x, (1, 0)),
    "unbind_copy": lambda torch, x: torch.unbind_copy(x)[0],
    "split_with_sizes_copy": lambda torch, x: torch.split_with_sizes_copy(x, (1, 1), 1)[1],
    "narrow_copy": lambda torch, x: torch.narrow_copy(x, 1, 0, 1),
    "diag": lambda torch, x: torch.diag(x),
    "rot90": lambda torch, x: torch.rot90(x),
    "roll": lambda torch, x: torch.roll(x, 1),
    "atleast_3d": lambda torch, x: torch.atleast_3d(x),
    "vstack": lambda torch, x: torch.vstack([x[0], x[0]]),
    "aminmax": lambda torch, x: torch.aminmax(x).max,
    "var_mean": lambda torch, x: torch.var_mean(x)[1],
    "std_mean": lambda torch, x: torch.std_mean(x)[0],
}


@scenario("GPH-02/of-matrices", cases=OF_MATRICES, needs=["GPH-02/CloneBackward0"])
def the_nodes_of_a_function_of_a_matrix(torch, observe, function):
    y = function(torch, torch.tensor([[1.0, 2.0]], requires_grad=True))
    observe("its name, and those of the next", _names(y.grad_fn))


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
