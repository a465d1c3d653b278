"""ReduceLROnPlateau: a rate that falls when a metric stops improving."""

import copy

from conformance.scenario import scenario


def rates(torch, metrics, lr=1.0, **options):
    """The rate after each metric is told."""
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=lr)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    seen = []
    for metric in metrics:
        optimizer.step()
        scheduler.step(metric)
        seen.append(optimizer.param_groups[0]["lr"])
    return seen


@scenario("LRS-19")
def more_bad_epochs_than_the_patience_lower_the_rate(torch, observe):
    seen = rates(torch, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0], factor=0.5, patience=1)
    observe("the rates", seen, documented=[1, 1, 0.5, 0.5, 0.25, 0.25])


@scenario("LRS-19/no-patience", needs=["LRS-19"])
def without_patience_each_bad_epoch_lowers_it(torch, observe):
    seen = rates(torch, [1.0, 2.0, 0.5, 0.5], factor=0.5, patience=0)
    observe("the rates", seen, documented=[1, 0.5, 0.5, 0.25])


@scenario("LRS-19/improvement", needs=["LRS-19"])
def an_improvement_resets_the_count(torch, observe):
    seen = rates(torch, [4.0, 4.0, 2.0, 2.0, 1.0, 1.0, 1.0], factor=0.5, patience=1)
    observe("the rates", seen, documented=[1, 1, 1, 1, 1, 1, 0.5])


@scenario("LRS-19/default", needs=["LRS-19"])
def the_default_patience_is_ten_and_the_factor_a_tenth(torch, observe):
    seen = rates(torch, [1.0] * 13)
    observe("the rates", seen, documented=[1] * 11 + [0.1, 0.1])


@scenario("LRS-19/max", needs=["LRS-19"])
def a_metric_may_be_to_be_large(torch, observe):
    seen = rates(torch, [1.0, 2.0, 1.5, 3.0], factor=0.5, patience=0, mode="max")
    observe("the rates", seen, documented=[1, 1, 0.5, 0.5])


@scenario("LRS-19/cooldown", needs=["LRS-19"])
def no_bad_epoch_counts_while_it_cools_down(torch, observe):
    seen = rates(torch, [1.0] * 7, factor=0.5, patience=0, cooldown=2)
    observe("the rates", seen, documented=[1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])


@scenario("LRS-20", needs=["LRS-19"])
def a_relative_threshold_wants_a_share_of_the_best(torch, observe):
    options = {"factor": 0.5, "patience": 0, "threshold": 0.25}
    seen = rates(torch, [4.0, 3.5, 3.0, 2.5], **options)
    observe("the rates: below 3 counts, and the best stays until then", seen, documented=[1, 0.5, 0.25, 0.25])
    seen = rates(torch, [4.0, 4.5, 5.0, 5.5], mode="max", **options)
    observe("the rates under max: above 5 counts", seen, documented=[1, 0.5, 0.25, 0.25])


@scenario("LRS-20/absolute", needs=["LRS-19"])
def an_absolute_threshold_wants_an_amount(torch, observe):
    options = {"factor": 0.5, "patience": 0, "threshold": 0.5, "threshold_mode": "abs"}
    seen = rates(torch, [4.0, 3.75, 3.5, 3.25], **options)
    observe("the rates: below 3.5 counts", seen, documented=[1, 0.5, 0.25, 0.25])
    seen = rates(torch, [4.0, 4.25, 4.5, 4.75], mode="max", **options)
    observe("the rates under max: above 4.5 counts", seen, documented=[1, 0.5, 0.25, 0.25])


@scenario("LRS-20/tiny-gains", needs=["LRS-20"])
def by_default_gains_below_a_ten_thousandth_do_not_count(torch, observe):
    seen = rates(torch, [1.0, 0.99995, 0.9995], factor=0.5, patience=0)
    observe("the rates", seen, documented=[1, 0.5, 0.5])


@scenario("LRS-20/min-lr", needs=["LRS-19"])
def the_rate_stays_above_min_lr(torch, observe):
    seen = rates(torch, [1.0] * 5, factor=0.5, patience=0, min_lr=0.375)
    observe("the rates", seen, documented=[1, 0.5, 0.375, 0.375, 0.375])


@scenario("LRS-20/eps", needs=["LRS-19"])
def a_change_smaller_than_eps_is_not_made(torch, observe):
    seen = rates(torch, [1.0] * 4, factor=0.5, patience=0, eps=0.25)
    observe("the rates: from 0.5 to 0.25 is not more than 0.25", seen, documented=[1, 0.5, 0.5, 0.5])


@scenario("LRS-20/groups", needs=["LRS-20/min-lr"])
def each_group_has_its_min_lr(torch, observe):
    groups = [{"params": [torch.tensor([1.0], requires_grad=True)], "lr": lr} for lr in (1.0, 0.5)]
    optimizer = torch.optim.SGD(groups)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, min_lr=[0.75, 0.125])
    for metric in (1.0, 1.0):
        optimizer.step()
        scheduler.step(metric)
    observe("the rates", [group["lr"] for group in optimizer.param_groups], documented=[0.75, 0.25])
    observe("the last rates", scheduler.get_last_lr(), documented=[0.75, 0.25])
    with observe.raises("one bound for two groups", ValueError, saying="min_lrs"):
        torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, min_lr=[0.5])


@scenario("LRS-20/bad-options")
def bad_options_of_the_plateau_are_refused(torch, observe):
    with observe.raises("factor=1.0", ValueError, saying="factor"):
        rates(torch, [], factor=1.0)
    with observe.raises("mode='least'", ValueError, saying="least"):
        rates(torch, [], mode="least")
    with observe.raises("threshold_mode='relative'", ValueError, saying="relative"):
        rates(torch, [], threshold_mode="relative")


@scenario("LRS-19/tensor-metric", needs=["LRS-19"])
def the_metric_may_be_a_tensor(torch, observe):
    seen = rates(torch, [torch.tensor(1.0), torch.tensor(2.0)], factor=0.5, patience=0)
    observe("the rates", seen, documented=[1, 0.5])


@scenario("LRS-19/nan", needs=["LRS-19"])
def a_metric_that_is_not_a_number_is_no_improvement(torch, observe):
    seen = rates(torch, [1.0, float("nan"), 0.5], factor=0.5, patience=0)
    observe("the rates", seen, documented=[1, 0.5, 0.5])


@scenario("LRS-19/metric-needed")
def a_step_of_the_plateau_needs_a_metric(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with observe.raises("a step without one", TypeError, saying="metrics"):
        scheduler.step()


@scenario("LRS-24/plateau", needs=["LRS-19"])
def a_plateau_goes_on_from_a_state_dict(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    scheduler.step(1.0)
    scheduler.step(1.0)
    saved = dict(scheduler.state_dict())
    observe("the optimizer is in it", "optimizer" in saved, documented=False)
    observe("the best metric and the bad epochs", [saved["best"], saved["num_bad_epochs"]], documented=[1.0, 1])
    fresh = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.25, patience=8)
    fresh.load_state_dict(saved)
    fresh.step(1.0)
    observe("the rate after a second bad epoch", optimizer.param_groups[0]["lr"], documented=0.5)


METRICS = [3.0, 2.0, 2.0, 2.5, 1.9, 2.0, 2.0, 2.0, 1.5, 1.5, 1.5, 1.5, float("nan"), 1.0]


OPTIONS = {
    "default": {},
    "impatient": {"patience": 0},
    "patience": {"patience": 1},
    "cooldown": {"patience": 0, "cooldown": 2},
    "long-cooldown": {"patience": 1, "cooldown": 3, "factor": 0.5},
    "least": {"patience": 0, "min_lr": 0.01, "factor": 0.5},
    "least-each": {"patience": 0, "min_lr": [0.05, 0.2], "factor": 0.5},
    "least-too-many": {"patience": 0, "min_lr": [0.05, 0.2, 0.1]},
    "large-eps": {"patience": 0, "eps": 0.2, "factor": 0.5},
    "eps-met": {"patience": 0, "eps": 0.25, "factor": 0.5},
    "max": {"patience": 0, "mode": "max", "factor": 0.5},
    "max-abs": {"patience": 0, "mode": "max", "threshold_mode": "abs", "threshold": 0.5, "factor": 0.5},
    "min-abs": {"patience": 0, "threshold_mode": "abs", "threshold": 0.5, "factor": 0.5},
    "threshold": {"patience": 0, "threshold": 0.25, "factor": 0.5},
    "threshold-met": {"patience": 0, "threshold": 0.05, "factor": 0.5},
    "factor-of-one": {"factor": 1.0},
    "no-such-mode": {"mode": "least"},
    "no-such-threshold": {"threshold_mode": "square"},
}


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, AttributeError, KeyError) as error:
        return type(error).__name__


def groups(torch):
    return [{"params": [torch.tensor([1.0])]}, {"params": [torch.tensor([2.0])], "lr": 0.25}]


@scenario("LRS-19/each", cases=OPTIONS)
def the_rates_on_a_plateau(torch, observe, options):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)

    def rates():
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        found = [scheduler.last_epoch, [float(rate) for rate in scheduler.get_last_lr()], scheduler.num_bad_epochs]
        for metric in METRICS:
            optimizer.step()
            scheduler.step(metric)
            found.append([float(group["lr"]) for group in optimizer.param_groups])
            found.append([scheduler.num_bad_epochs, scheduler.cooldown_counter, scheduler.in_cooldown, scheduler.best])
        return [*found, scheduler.last_epoch, [float(rate) for rate in scheduler.get_last_lr()]]

    observe("the rates, or the refusal", told(rates), terms=40)


@scenario("LRS-19/epoch", cases=["given", "not-given"])
def the_epoch_of_a_plateau(torch, observe, case):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    for epoch in (4, 9):
        optimizer.step()
        with observe.warns(f"a step, {epoch}", saying="epoch"):
            if case == "given":
                scheduler.step(2.0, epoch)
            else:
                scheduler.step(2.0)
        observe(f"last_epoch, {epoch}", scheduler.last_epoch)


@scenario("LRS-19/another-group", cases={"one-least": {}, "least-each": {"min_lr": [0.0, 0.0]}})
def a_group_added_to_the_optimizer_of_a_plateau(torch, observe, options):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, **options)
    optimizer.add_param_group({"params": [torch.tensor([3.0])]})
    optimizer.step()
    scheduler.step(1.0)
    observe("a bad epoch", told(lambda: scheduler.step(2.0)))
    observe("the rates", [float(group["lr"]) for group in optimizer.param_groups], terms=20)


@scenario("LRS-24/plateau-with-cooldown", needs=["LRS-24/plateau"])
def a_plateau_is_saved_and_loaded(torch, observe):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, cooldown=1)
    for metric in METRICS[:6]:
        optimizer.step()
        scheduler.step(metric)
    saved = copy.deepcopy(scheduler.state_dict())
    observe("what is saved", sorted(key for key in saved if not key.startswith("_")))
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=9)
    other.load_state_dict(saved)
    for metric in METRICS[6:]:
        optimizer.step()
        other.step(metric)
    observe("the rates", [float(group["lr"]) for group in optimizer.param_groups], terms=20)
