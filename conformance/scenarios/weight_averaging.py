"""Weight averaging: AveragedModel, its averages, SWALR, and update_bn."""

import copy
import math

from conformance.scenario import scenario


def a_model(torch, value=1.0):
    """A Linear(1, 1) without bias whose weight is the value."""
    model = torch.nn.Linear(1, 1, bias=False)
    set_weight(torch, model, value)
    return model


def set_weight(torch, model, value):
    """Set the one weight of a model."""
    with torch.no_grad():
        model.weight.fill_(value)


@scenario("ALG-35")
def the_average_is_the_mean_of_what_it_was_told(torch, observe):
    model = a_model(torch, 8.0)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    observe("the average before any update", averaged.module.weight, documented=[[8.0]])
    seen = []
    for value in (1.0, 2.0, 6.0):
        set_weight(torch, model, value)
        averaged.update_parameters(model)
        seen.append(averaged.module.weight.item())
    observe("the averages: the first update copies", seen, documented=[1.0, 1.5, 3.0], terms=8)
    observe("how many it has averaged", averaged.n_averaged, documented=3)


@scenario("ALG-35/copy", needs=["ALG-35"])
def the_averaged_model_is_a_copy(torch, observe):
    model = a_model(torch, 1.0)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    averaged.update_parameters(model)
    set_weight(torch, model, 5.0)
    observe("the average after the model moved", averaged.module.weight, documented=[[1.0]])
    observe("its output for 2", averaged(torch.tensor([2.0])), documented=[2.0])
    averaged.update_parameters(model)
    observe("the model after another update", model.weight, documented=[[5.0]])


@scenario("ALG-35/exponential", needs=["ALG-35"])
def an_exponential_moving_average(torch, observe):
    average = torch.optim.swa_utils.get_ema_multi_avg_fn(0.75)
    model = a_model(torch, 8.0)
    averaged = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=average)
    seen = []
    for value in (4.0, 8.0, 1.0):
        set_weight(torch, model, value)
        averaged.update_parameters(model)
        seen.append(averaged.module.weight.item())
    observe("the averages: 4, 0.75 * 4 + 0.25 * 8, 0.75 * 5 + 0.25 * 1", seen, documented=[4.0, 5.0, 4.0], terms=8)


@scenario("ALG-35/bad-decay")
def the_decay_lies_between_zero_and_one(torch, observe):
    with observe.raises("a decay of 1.5", ValueError, saying=("decay", "1.5")):
        torch.optim.swa_utils.get_ema_multi_avg_fn(1.5)
    with observe.raises("a decay of -0.5 of a single average", ValueError, saying=("decay", "-0.5")):
        torch.optim.swa_utils.get_ema_avg_fn(-0.5)


@scenario("ALG-35/custom", needs=["ALG-35"])
def an_average_of_ones_own(torch, observe):
    counts = []

    def maximum(averaged, current, count):
        counts.append(int(count))
        return torch.maximum(averaged, current)

    model = a_model(torch, 1.0)
    averaged = torch.optim.swa_utils.AveragedModel(model, avg_fn=maximum)
    seen = []
    for value in (2.0, 4.0, 3.0):
        set_weight(torch, model, value)
        averaged.update_parameters(model)
        seen.append(averaged.module.weight.item())
    observe("the averages", seen, documented=[2.0, 4.0, 4.0])
    observe("the counts that it was told, the first update copying", counts, documented=[1, 2])


@scenario("ALG-35/buffers", needs=["ALG-35"])
def buffers_are_copied_or_averaged(torch, observe):
    for use_buffers, documented in ((False, [6.0]), (True, [4.0])):
        model = a_model(torch)
        model.register_buffer("mark", torch.tensor([2.0]))
        averaged = torch.optim.swa_utils.AveragedModel(model, use_buffers=use_buffers)
        averaged.update_parameters(model)
        model.mark.fill_(6.0)
        averaged.update_parameters(model)
        observe(f"the buffer with use_buffers={use_buffers}", averaged.module.mark, documented=documented, terms=8)


@scenario("ALG-35/state-dict", needs=["ALG-35"])
def an_average_goes_on_from_a_state_dict(torch, observe):
    model = a_model(torch, 1.0)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    averaged.update_parameters(model)
    set_weight(torch, model, 3.0)
    averaged.update_parameters(model)
    saved = copy.deepcopy(averaged.state_dict())
    observe("its keys", sorted(saved), documented=["module.weight", "n_averaged"])
    fresh = torch.optim.swa_utils.AveragedModel(a_model(torch, 8.0))
    fresh.load_state_dict(saved)
    set_weight(torch, model, 8.0)
    fresh.update_parameters(model)
    observe("the average of 1, 3 and 8", fresh.module.weight, documented=[[4.0]], terms=8)


@scenario("LRS-31")
def swalr_anneals_to_its_rate_and_stays(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0)
    scheduler = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_epochs=4, anneal_strategy="linear")
    seen = [optimizer.param_groups[0]["lr"]]
    for _ in range(6):
        optimizer.step()
        scheduler.step()
        seen.append(optimizer.param_groups[0]["lr"])
    observe("the rates", seen, documented=[1, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5], terms=24)


@scenario("LRS-31/cosine", needs=["LRS-31"])
def swalr_anneals_along_a_cosine(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0)
    scheduler = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_epochs=4)
    seen = [optimizer.param_groups[0]["lr"]]
    for _ in range(5):
        optimizer.step()
        scheduler.step()
        seen.append(optimizer.param_groups[0]["lr"])
    documented = [0.5 + 0.5 * (1 + math.cos(math.pi * t / 4)) / 2 for t in range(5)] + [0.5]
    observe("the rates", seen, documented=documented, terms=64)


@scenario("LRS-31/groups", needs=["LRS-31"])
def swalr_has_a_rate_for_each_group(torch, observe):
    groups = [{"params": [torch.tensor([1.0], requires_grad=True)], "lr": lr} for lr in (1.0, 0.5)]
    optimizer = torch.optim.SGD(groups)
    scheduler = torch.optim.swa_utils.SWALR(optimizer, swa_lr=[0.5, 0.25], anneal_epochs=2, anneal_strategy="linear")
    for _ in range(2):
        optimizer.step()
        scheduler.step()
    observe("the rates", [group["lr"] for group in optimizer.param_groups], documented=[0.5, 0.25], terms=16)


@scenario("LRS-31/bad-options")
def bad_options_of_swalr_are_refused(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0)
    with observe.raises("anneal_strategy='square'", ValueError, saying="square"):
        torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_strategy="square")
    with observe.raises("anneal_epochs=-1", ValueError, saying=("anneal_epochs", "-1")):
        torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_epochs=-1)


@scenario("ALG-52")
def update_bn_takes_the_statistics_of_the_data(torch, observe):
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(1))
    model[0].running_mean.fill_(100.0)
    batches = [torch.tensor([[1.0], [3.0]]), torch.tensor([[5.0], [9.0]])]
    torch.optim.swa_utils.update_bn(batches, model)
    observe("the mean of the batches' means, 2 and 7", model[0].running_mean, documented=[4.5], terms=8)
    observe("the mean of their variances, 2 and 8", model[0].running_var, documented=[5.0], terms=8)
    observe("the momentum is put back", model[0].momentum, documented=0.1)
    observe("the batches counted", model[0].num_batches_tracked, documented=2)


@scenario("ALG-52/mode", needs=["ALG-52"])
def update_bn_puts_the_mode_back(torch, observe):
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(1)).eval()
    torch.optim.swa_utils.update_bn([torch.tensor([[1.0], [3.0]])], model)
    observe("the model is training", model.training, documented=False)
    observe("the mean was taken all the same", model[0].running_mean, documented=[2.0], terms=8)


@scenario("ALG-52/pairs", needs=["ALG-52"])
def update_bn_takes_the_first_of_a_pair(torch, observe):
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(1))
    torch.optim.swa_utils.update_bn([(torch.tensor([[1.0], [3.0]]), torch.tensor([0, 1]))], model)
    observe("the mean", model[0].running_mean, documented=[2.0], terms=8)


@scenario("ALG-35/functions", cases=["swa", "ema", "ema-default", "swa-several", "ema-several", "ema-several-default"])
def the_functions_that_average(torch, observe, name):
    utils = torch.optim.swa_utils
    average = {
        "swa": utils.get_swa_avg_fn,
        "ema": lambda: utils.get_ema_avg_fn(0.75),
        "ema-default": utils.get_ema_avg_fn,
        "swa-several": utils.get_swa_multi_avg_fn,
        "ema-several": lambda: utils.get_ema_multi_avg_fn(0.75),
        "ema-several-default": utils.get_ema_multi_avg_fn,
    }[name]()
    for count in (1, 3):
        a = torch.tensor([1.0, 2.0], requires_grad=True)
        b = torch.tensor([5.0, -2.0], requires_grad=True)
        n = torch.tensor(count)
        if name.endswith("several") or name == "ema-several-default":
            a, b = a.detach(), b.detach()
            whole, other = torch.tensor([4, 8]), torch.tensor([12, -8])
            average([a], [b], n)
            if name != "swa-several":  # PyTorch divides integers there, and refuses to
                average([whole], [other], n)
            observe(f"of floats, {count}", a, terms=10)
            observe(f"of integers, {count}", whole)
        else:
            result = average(a, b, n)
            observe(f"the average, {count}", result.detach(), terms=10)
            observe(f"recorded, {count}", result.requires_grad)


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, AssertionError, KeyError) as error:
        return type(error).__name__


@scenario("ALG-35/decay", cases={"zero": 0.0, "one": 1.0, "below": -0.1, "above": 1.1})
def the_limits_of_a_decay(torch, observe, decay):
    utils = torch.optim.swa_utils
    observe("one", told(lambda: utils.get_ema_avg_fn(decay) and None))
    observe("several", told(lambda: utils.get_ema_multi_avg_fn(decay) and None))


@scenario(
    "ALG-35/module", cases=["parameters", "buffers", "both-functions", "on-a-device", "another-function", "several"]
)
def averaging_a_module(torch, observe, case):
    utils = torch.optim.swa_utils
    module = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
    with torch.no_grad():
        for i, param in enumerate(module.parameters()):
            param.fill_(float(i))
    options = {
        "parameters": {},
        "buffers": {"use_buffers": True},
        "both-functions": {"avg_fn": lambda a, b, n: a, "multi_avg_fn": lambda a, b, n: None},
        "on-a-device": {"device": "cpu"},
        "another-function": {"avg_fn": lambda a, b, n: a + 10 * b},
        "several": {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.5)},
    }[case]

    def averaged():
        model = utils.AveragedModel(module, **options)
        for i in range(3):
            with torch.no_grad():
                for param in module.parameters():
                    param.add_(float(i + 1))
                module[1].running_mean.add_(2.0)
                module[1].num_batches_tracked.add_(1)
            model.update_parameters(module)
        found = [param.detach().clone() for param in model.parameters()]
        return [*found, *[buffer.detach().clone() for buffer in model.module.buffers()], model.n_averaged]

    observe("parameters and buffers, or the refusal", told(averaged), terms=40)


@scenario("ALG-35/update-bn", cases=["plain", "in-eval-mode", "with-momentum", "pairs"])
def statistics_are_computed_anew(torch, observe, case):
    module = torch.nn.Sequential(torch.nn.BatchNorm1d(2, momentum=0.25))
    module(torch.tensor([[9.0, 9.0], [7.0, 5.0]]))
    if case == "in-eval-mode":
        module.eval()
    batches = [torch.tensor([[1.0, 2.0], [3.0, 6.0]]), torch.tensor([[5.0, 2.0], [3.0, 8.0]])]
    torch.optim.swa_utils.update_bn([(batch, None) for batch in batches] if case == "pairs" else batches, module)
    observe("the mean", module[0].running_mean, terms=20)
    observe("the variance", module[0].running_var, terms=20)
    observe("the momentum", module[0].momentum)
    observe("training", module.training)
    observe("grad mode", torch.is_grad_enabled(), documented=True)
    observe("the weights require grad", module[0].weight.requires_grad, documented=True)


@scenario("ALG-35/recorded-parameters", needs=["ALG-35"])
def averages_of_parameters_are_not_recorded(torch, observe):
    averages = torch.optim.swa_utils
    for name in ("get_ema_multi_avg_fn", "get_swa_multi_avg_fn"):
        averaged = torch.tensor([1.0, 2.0], requires_grad=True)
        current = torch.tensor([3.0, 4.0], requires_grad=True)
        getattr(averages, name)()([averaged], [current], torch.tensor(1))
        observe(f"{name}: it is still a leaf", averaged.is_leaf and averaged.grad_fn is None, documented=True)
        observe(f"{name}: the average", averaged.detach())


@scenario("ALG-35/update-bn-modes", needs=["ALG-35"])
def statistics_are_computed_without_recording_and_on_batches_of_any_kind(torch, observe):
    seen = []

    class Batch:
        def __init__(self, values):
            self.values = values

        def to(self, device):
            seen.append(["moved to", str(device)])
            return self

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = torch.nn.BatchNorm1d(2)

        def forward(self, batch):
            seen.append(["recorded", torch.is_grad_enabled()])
            return self.norm(batch.values)

    model = Model()
    batches = [Batch(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))]
    torch.optim.swa_utils.update_bn(batches, model)
    torch.optim.swa_utils.update_bn(batches, model, device="cpu")
    observe("what the model met", seen)
    observe("the mean", model.norm.running_mean, documented=[2.0, 3.0])
