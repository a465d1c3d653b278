"""Bad hyper-parameters: refused at construction, with the value in the message."""

from conformance.scenario import scenario

#: The optimizer, the bad option or combination, and what the message must convey.
BAD = {
    "sgd-lr": ("SGD", {"lr": -0.5}, "-0.5"),
    "sgd-momentum": ("SGD", {"momentum": -0.5}, ("momentum", "-0.5")),
    "sgd-weight-decay": ("SGD", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "sgd-nesterov-without-momentum": ("SGD", {"nesterov": True}, ("nesterov", "momentum")),
    "sgd-nesterov-with-dampening": (
        "SGD",
        {"nesterov": True, "momentum": 0.5, "dampening": 0.5},
        ("nesterov", "dampening"),
    ),
    "adam-lr": ("Adam", {"lr": -0.5}, "-0.5"),
    "adam-eps": ("Adam", {"eps": -0.5}, ("eps", "-0.5")),
    "adam-beta1-one": ("Adam", {"betas": (1.0, 0.5)}, ("beta", "1.0")),
    "adam-beta1-negative": ("Adam", {"betas": (-0.5, 0.5)}, ("beta", "-0.5")),
    "adam-beta2-one": ("Adam", {"betas": (0.5, 1.0)}, ("beta", "1.0")),
    "adam-weight-decay": ("Adam", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "adamw-lr": ("AdamW", {"lr": -0.5}, "-0.5"),
    "adamw-eps": ("AdamW", {"eps": -0.5}, ("eps", "-0.5")),
    "adamw-beta1": ("AdamW", {"betas": (1.0, 0.5)}, ("beta", "1.0")),
    "adamw-beta2": ("AdamW", {"betas": (0.5, 1.5)}, ("beta", "1.5")),
    "adamw-weight-decay": ("AdamW", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "adamax-lr": ("Adamax", {"lr": -0.5}, "-0.5"),
    "adamax-eps": ("Adamax", {"eps": -0.5}, ("eps", "-0.5")),
    "adamax-beta1": ("Adamax", {"betas": (1.0, 0.5)}, ("beta", "1.0")),
    "adamax-beta2": ("Adamax", {"betas": (0.5, 1.0)}, ("beta", "1.0")),
    "adamax-weight-decay": ("Adamax", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "nadam-lr": ("NAdam", {"lr": -0.5}, "-0.5"),
    "nadam-eps": ("NAdam", {"eps": -0.5}, ("eps", "-0.5")),
    "nadam-beta1": ("NAdam", {"betas": (1.0, 0.5)}, ("beta", "1.0")),
    "nadam-beta2": ("NAdam", {"betas": (0.5, 1.0)}, ("beta", "1.0")),
    "nadam-weight-decay": ("NAdam", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "nadam-momentum-decay": ("NAdam", {"momentum_decay": -0.5}, ("momentum_decay", "-0.5")),
    "radam-lr": ("RAdam", {"lr": -0.5}, "-0.5"),
    "radam-eps": ("RAdam", {"eps": -0.5}, ("eps", "-0.5")),
    "radam-beta1": ("RAdam", {"betas": (1.0, 0.5)}, ("beta", "1.0")),
    "radam-beta2": ("RAdam", {"betas": (0.5, 1.0)}, ("beta", "1.0")),
    "radam-weight-decay": ("RAdam", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "adagrad-lr": ("Adagrad", {"lr": -0.5}, "-0.5"),
    "adagrad-lr-decay": ("Adagrad", {"lr_decay": -0.5}, ("lr_decay", "-0.5")),
    "adagrad-eps": ("Adagrad", {"eps": -0.5}, ("eps", "-0.5")),
    "adagrad-weight-decay": ("Adagrad", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "adagrad-initial": ("Adagrad", {"initial_accumulator_value": -0.5}, ("initial_accumulator_value", "-0.5")),
    "adadelta-lr": ("Adadelta", {"lr": -0.5}, "-0.5"),
    "adadelta-rho-above-one": ("Adadelta", {"rho": 1.5}, ("rho", "1.5")),
    "adadelta-rho-negative": ("Adadelta", {"rho": -0.5}, ("rho", "-0.5")),
    "adadelta-eps": ("Adadelta", {"eps": -0.5}, ("eps", "-0.5")),
    "adadelta-weight-decay": ("Adadelta", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "rmsprop-lr": ("RMSprop", {"lr": -0.5}, "-0.5"),
    "rmsprop-alpha": ("RMSprop", {"alpha": -0.5}, ("alpha", "-0.5")),
    "rmsprop-eps": ("RMSprop", {"eps": -0.5}, ("eps", "-0.5")),
    "rmsprop-momentum": ("RMSprop", {"momentum": -0.5}, ("momentum", "-0.5")),
    "rmsprop-weight-decay": ("RMSprop", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "rprop-lr": ("Rprop", {"lr": -0.5}, "-0.5"),
    "rprop-etas-above-one": ("Rprop", {"etas": (1.5, 2.0)}, ("eta", "1.5")),
    "rprop-etas-below-one": ("Rprop", {"etas": (0.5, 0.75)}, ("eta", "0.75")),
    "asgd-lr": ("ASGD", {"lr": -0.5}, "-0.5"),
    "asgd-weight-decay": ("ASGD", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "adafactor-lr": ("Adafactor", {"lr": -0.5}, "-0.5"),
    "adafactor-beta2-decay": ("Adafactor", {"beta2_decay": 0.5}, ("beta2_decay", "0.5")),
    "adafactor-eps": ("Adafactor", {"eps": (-0.5, 0.001)}, ("eps", "-0.5")),
    "adafactor-threshold": ("Adafactor", {"d": 0.5}, "0.5"),
    "adafactor-weight-decay": ("Adafactor", {"weight_decay": -0.5}, ("weight_decay", "-0.5")),
    "muon-lr": ("Muon", {"lr": -0.5}, "-0.5"),
    "muon-momentum": ("Muon", {"momentum": -0.5}, ("momentum", "-0.5")),
    "muon-weight-decay": ("Muon", {"weight_decay": -0.5}, ("weight decay", "-0.5")),
    "lbfgs-lr": ("LBFGS", {"lr": -0.5}, "-0.5"),
    "sparse-adam-lr": ("SparseAdam", {"lr": 0.0}, "0.0"),
    "sparse-adam-eps": ("SparseAdam", {"eps": 0.0}, ("eps", "0.0")),
    "sparse-adam-beta1": ("SparseAdam", {"betas": (1.0, 0.5)}, ("beta", "1.0")),
}


@scenario("OPT-20", cases=BAD)
def a_bad_hyper_parameter_is_refused_at_construction(torch, observe, bad):
    name, options, words = bad
    parameter = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    make = getattr(torch.optim, name)
    make([parameter])  # with its defaults it is accepted
    with observe.raises(f"{name} with {options}", ValueError, saying=words):
        make([parameter], **options)


#: The ends of the ranges belong to them.
EDGES = {
    "sgd": ("SGD", {"lr": 0.0, "momentum": 0.0, "weight_decay": 0.0}),
    "sgd-momentum-above-one": ("SGD", {"momentum": 1.5}),
    "sgd-dampening-negative": ("SGD", {"dampening": -0.5}),
    "adam": ("Adam", {"lr": 0.0, "betas": (0.0, 0.0), "eps": 0.0, "weight_decay": 0.0}),
    "nadam": ("NAdam", {"lr": 0.0, "betas": (0.0, 0.0), "eps": 0.0, "momentum_decay": 0.0}),
    "adadelta": ("Adadelta", {"lr": 0.0, "rho": 1.0, "eps": 0.0}),
    "adadelta-rho-zero": ("Adadelta", {"rho": 0.0}),
    "rmsprop": ("RMSprop", {"lr": 0.0, "alpha": 0.0, "eps": 0.0, "momentum": 0.0}),
    "adagrad": ("Adagrad", {"lr": 0.0, "lr_decay": 0.0, "eps": 0.0, "initial_accumulator_value": 0.0}),
    "adafactor": ("Adafactor", {"lr": 0.0, "beta2_decay": 0.0, "eps": (0.0, 0.0), "d": 1.0}),
}


@scenario("OPT-20/edges", cases=EDGES)
def the_ends_of_the_ranges_are_allowed(torch, observe, edge):
    name, options = edge
    optimizer = getattr(torch.optim, name)([torch.tensor([1.0], requires_grad=True)], **options)
    group = {key: optimizer.param_groups[0][key] for key in options}
    observe(
        "the group's options", group, documented={k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}
    )


@scenario("OPT-39", cases=["SGD", "Adam", "RMSprop", "LBFGS"])
def an_option_that_there_is_not_is_a_type_error(torch, observe, name):
    with observe.raises("an unknown option", TypeError, saying="speed"):
        getattr(torch.optim, name)([torch.tensor([1.0], requires_grad=True)], speed=2.0)


@scenario("OPT-20/mixed-betas")
def betas_are_both_numbers_or_both_tensors(torch, observe):
    param = torch.tensor([1.0], requires_grad=True)
    with observe.raises("construction", ValueError, saying="both"):
        torch.optim.Adam([param], betas=(0.9, torch.tensor(0.999)))


@scenario("OPT-20/tensor-betas-and-foreach")
def betas_that_are_tensors_exclude_foreach(torch, observe):
    param = torch.tensor([1.0], requires_grad=True)
    with observe.raises("construction", ValueError, saying="betas"):
        torch.optim.Adam([param], betas=(torch.tensor(0.9), torch.tensor(0.999)), foreach=True)
