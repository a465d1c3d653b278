"""The default hyper-parameters of every optimizer."""

from conformance.scenario import scenario


def the_default_options(optimizer, names):
    """The named options of an optimizer's first group."""
    return {name: optimizer.param_groups[0][name] for name in names}


@scenario("OPT-22")
def the_defaults_of_sgd(torch, observe):
    documented = {"lr": 0.001, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False, "maximize": False}
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-23")
def the_defaults_of_adam(torch, observe):
    documented = {
        "lr": 0.001,
        "betas": [0.9, 0.999],
        "eps": 1e-08,
        "weight_decay": 0,
        "amsgrad": False,
        "maximize": False,
    }
    optimizer = torch.optim.Adam([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-24")
def the_defaults_of_adamw(torch, observe):
    documented = {
        "lr": 0.001,
        "betas": [0.9, 0.999],
        "eps": 1e-08,
        "weight_decay": 0.01,
        "amsgrad": False,
        "maximize": False,
    }
    optimizer = torch.optim.AdamW([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-25")
def the_defaults_of_adadelta(torch, observe):
    documented = {"lr": 1.0, "rho": 0.9, "eps": 1e-06, "weight_decay": 0, "maximize": False}
    optimizer = torch.optim.Adadelta([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-26")
def the_defaults_of_adagrad(torch, observe):
    documented = {
        "lr": 0.01,
        "lr_decay": 0,
        "weight_decay": 0,
        "initial_accumulator_value": 0,
        "eps": 1e-10,
        "maximize": False,
    }
    optimizer = torch.optim.Adagrad([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-27")
def the_defaults_of_adamax(torch, observe):
    documented = {"lr": 0.002, "betas": [0.9, 0.999], "eps": 1e-08, "weight_decay": 0, "maximize": False}
    optimizer = torch.optim.Adamax([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-28")
def the_defaults_of_asgd(torch, observe):
    documented = {"lr": 0.01, "lambd": 0.0001, "alpha": 0.75, "t0": 1000000.0, "weight_decay": 0, "maximize": False}
    optimizer = torch.optim.ASGD([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-29")
def the_defaults_of_nadam(torch, observe):
    documented = {
        "lr": 0.002,
        "betas": [0.9, 0.999],
        "eps": 1e-08,
        "weight_decay": 0,
        "momentum_decay": 0.004,
        "decoupled_weight_decay": False,
        "maximize": False,
    }
    optimizer = torch.optim.NAdam([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-30")
def the_defaults_of_radam(torch, observe):
    documented = {
        "lr": 0.001,
        "betas": [0.9, 0.999],
        "eps": 1e-08,
        "weight_decay": 0,
        "decoupled_weight_decay": False,
        "maximize": False,
    }
    optimizer = torch.optim.RAdam([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-31")
def the_defaults_of_rmsprop(torch, observe):
    documented = {
        "lr": 0.01,
        "alpha": 0.99,
        "eps": 1e-08,
        "weight_decay": 0,
        "momentum": 0,
        "centered": False,
        "maximize": False,
    }
    optimizer = torch.optim.RMSprop([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-32")
def the_defaults_of_rprop(torch, observe):
    documented = {"lr": 0.01, "etas": [0.5, 1.2], "step_sizes": [1e-06, 50], "maximize": False}
    optimizer = torch.optim.Rprop([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-33")
def the_defaults_of_adafactor(torch, observe):
    documented = {
        "lr": 0.01,
        "beta2_decay": -0.8,
        "eps": [None, 0.001],
        "d": 1.0,
        "weight_decay": 0.0,
        "maximize": False,
    }
    optimizer = torch.optim.Adafactor([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-34")
def the_defaults_of_lbfgs(torch, observe):
    documented = {
        "lr": 1,
        "max_iter": 20,
        "max_eval": 25,
        "tolerance_grad": 1e-07,
        "tolerance_change": 1e-09,
        "history_size": 100,
        "line_search_fn": None,
    }
    optimizer = torch.optim.LBFGS([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-40")
def the_defaults_of_muon(torch, observe):
    documented = {
        "lr": 0.001,
        "weight_decay": 0.1,
        "momentum": 0.95,
        "nesterov": True,
        "ns_coefficients": [3.4445, -4.775, 2.0315],
        "eps": 1e-07,
        "ns_steps": 5,
        "adjust_lr_fn": None,
    }
    optimizer = torch.optim.Muon([torch.tensor([[1.0]], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)


@scenario("OPT-41")
def the_defaults_of_sparseadam(torch, observe):
    documented = {"lr": 0.001, "betas": [0.9, 0.999], "eps": 1e-08, "maximize": False}
    optimizer = torch.optim.SparseAdam([torch.tensor([1.0], requires_grad=True)])
    observe("the group's options", the_default_options(optimizer, documented), documented=documented)
    defaults = {name: optimizer.defaults[name] for name in documented}
    observe("the attribute defaults", defaults, documented=documented)
