"""Hessian-vector products of many functions of two tensors."""

from conformance.scenario import scenario

#: Functions of a tensor of three and one of two by three, whose square's Hessian-vector product is observed.
MANY = {
    "linear": lambda torch, x, w: torch.nn.functional.linear(x, w),
    "matmul": lambda torch, x, w: w @ x,
    "bmm": lambda torch, x, w: torch.bmm(w.unsqueeze(0), w.t().unsqueeze(0)) * x.sum(),
    "einsum": lambda torch, x, w: torch.einsum("ij,j->i", w, x),
    "outer": lambda torch, x, w: torch.outer(x, w[0]),
    "conv1d": lambda torch, x, w: torch.nn.functional.conv1d(w.unsqueeze(0), w[:, :2].reshape(1, 2, 2)) * x[:2],
    "index": lambda torch, x, w: x[[0, 2, 0]] * w,
    "gather": lambda torch, x, w: torch.gather(w, 1, torch.tensor([[0, 0, 2], [1, 1, 1]])) * x,
    "index_add": lambda torch, x, w: torch.index_add(x, 0, torch.tensor([1, 1]), w[:, 0]) * x,
    "scatter": lambda torch, x, w: torch.scatter(w * w, 1, torch.tensor([[0], [2]]), x[:2].reshape(2, 1) ** 2),
    "where": lambda torch, x, w: torch.where(w > 0, w * x, x * x),
    "masked_fill": lambda torch, x, w: (w * x).masked_fill(w < 0, 0.0),
    "max": lambda torch, x, w: torch.max(w * x, 1).values,
    "sort": lambda torch, x, w: torch.sort(w * x, 1).values * x,
    "cumsum": lambda torch, x, w: torch.cumsum(w * x, 1),
    "cumprod": lambda torch, x, w: torch.cumprod(w, 1) * x,
    "prod-with-zero": lambda torch, x, w: torch.prod((w - w[0, 0].detach()) * x, 1),
    "mean": lambda torch, x, w: torch.mean(w * x, 0) * x,
    "std": lambda torch, x, w: torch.std(w * x, 1),
    "norm": lambda torch, x, w: torch.linalg.vector_norm(w * x, dim=1),
    "softmax": lambda torch, x, w: torch.softmax(w * x, 1),
    "log_softmax": lambda torch, x, w: torch.log_softmax(w * x, 1),
    "logsumexp": lambda torch, x, w: torch.logsumexp(w * x, 1),
    "layer_norm": lambda torch, x, w: torch.nn.functional.layer_norm(w, (3,), x, x),
    "batch_norm": lambda torch, x, w: (
        torch.nn.functional.batch_norm(torch.stack([w[0], w[1], w[0] * w[1]]), None, None, x, x, training=True)
        * torch.tensor([[1.0], [2.0], [-1.0]])
    ),
    "mse_loss": lambda torch, x, w: torch.nn.functional.mse_loss(w, x.expand(2, 3) ** 2),
    "cross_entropy": lambda torch, x, w: torch.nn.functional.cross_entropy(w * x, torch.tensor([0, 2])),
    "smooth_l1": lambda torch, x, w: torch.nn.functional.smooth_l1_loss(w, x.expand(2, 3) ** 2),
    "bce_with_logits": lambda torch, x, w: torch.nn.functional.binary_cross_entropy_with_logits(
        w * x, torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    ),
    "pad": lambda torch, x, w: torch.nn.functional.pad(w * x, (1, 1)),
    "cat": lambda torch, x, w: torch.cat([w * x, w * w], 1),
    "roll": lambda torch, x, w: torch.roll(w, 1, 1) * x * w,
    "det": lambda torch, x, w: torch.linalg.det(w[:, :2] * x[:2]),
    "inv": lambda torch, x, w: torch.linalg.inv(w[:, :2] * x[:2]),
    "lerp": lambda torch, x, w: torch.lerp(w, x, w * x),
    "max_pool1d": lambda torch, x, w: torch.nn.functional.max_pool1d((w * x).unsqueeze(0), 2, 1),
    "avg_pool1d": lambda torch, x, w: torch.nn.functional.avg_pool1d((w * x).unsqueeze(0), 2, 1),
}


@scenario("HOD-16", cases=MANY, needs=["HOD-01/hessian-vector"])
def a_function_of_two_tensors_has_a_hessian_vector_product(torch, observe, function):
    x = torch.tensor([0.5, 1.5, 1.0], requires_grad=True)
    w = torch.tensor([[1.0, -0.5, 0.25], [0.75, 2.0, -1.5]], requires_grad=True)
    loss = function(torch, x, w).pow(2).sum()
    of_x, of_w = torch.autograd.grad(loss, [x, w], create_graph=True)
    observe("the gradient of the vector", of_x, terms=64)
    observe("the gradient of the matrix", of_w, terms=64)
    along_x = torch.tensor([1.0, -2.0, 0.5])
    along_w = torch.tensor([[0.5, 1.0, -1.0], [2.0, 0.25, 1.0]])
    products = torch.autograd.grad([of_x, of_w], [x, w], [along_x, along_w], create_graph=True)
    observe("the products", products, terms=256)
