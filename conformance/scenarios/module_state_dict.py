"""Saving and loading the state of a module."""

from conformance.scenario import scenario


def a_model(torch, value=1.0):
    """Linear(1, 2) and BatchNorm1d(2), all weights being the value."""
    model = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.BatchNorm1d(2))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)
    return model


KEYS = ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"]


@scenario("NNM-12")
def a_state_dict_has_parameters_and_buffers_by_dotted_names(torch, observe):
    model = a_model(torch)
    state = model.state_dict()
    observe("its keys, in order", list(state), documented=KEYS)
    observe("a parameter", state["0.weight"], documented=[[1.0], [1.0]])
    observe("it requires grad", state["0.weight"].requires_grad, documented=False)
    observe("a buffer", state["1.running_var"], documented=[1.0, 1.0])
    observe(
        "its keys with a prefix", list(model.state_dict(prefix="net."))[:2], documented=["net.0.weight", "net.0.bias"]
    )


@scenario("NNM-12/shares", needs=["NNM-12"])
def a_state_dict_shares_storage_with_the_module(torch, observe):
    model = a_model(torch)
    state = model.state_dict()
    with torch.no_grad():
        model[0].bias.fill_(5.0)
    observe("the saved bias after a write", state["0.bias"], documented=[5.0, 5.0])


@scenario("NNM-12/keep-vars", needs=["NNM-12"])
def keep_vars_keeps_the_parameters_themselves(torch, observe):
    model = a_model(torch)
    state = model.state_dict(keep_vars=True)
    observe("it is the parameter", state["0.bias"] is model[0].bias, documented=True)


@scenario("NNM-12/shared", needs=["NNM-12"])
def a_shared_parameter_is_saved_under_each_name(torch, observe):
    layer = torch.nn.Linear(1, 1, bias=False)
    observe("the keys", list(torch.nn.Sequential(layer, layer).state_dict()), documented=["0.weight", "1.weight"])


@scenario("NNM-13")
def loading_copies_into_the_parameters_there_are(torch, observe):
    model = a_model(torch, 1.0)
    weight = model[0].weight
    result = model.load_state_dict(a_model(torch, 2.0).state_dict())
    observe("the weight", model[0].weight, documented=[[2.0], [2.0]])
    observe("it is the same parameter", model[0].weight is weight, documented=True)
    observe("it requires grad", model[0].weight.requires_grad, documented=True)
    observe("the missing keys", list(result.missing_keys), documented=[])
    observe("the unexpected keys", list(result.unexpected_keys), documented=[])


@scenario("NNM-13/copies", needs=["NNM-13"])
def loading_shares_nothing_with_the_dict(torch, observe):
    model, state = a_model(torch), a_model(torch, 2.0).state_dict()
    model.load_state_dict(state)
    state["0.bias"].fill_(9.0)
    observe("the bias after a write to the dict", model[0].bias, documented=[2.0, 2.0])


@scenario("NNM-13/dtype", dtypes=["float32"], needs=["NNM-13"])
def loading_casts_to_the_dtype_of_the_parameter(torch, observe):
    model = torch.nn.Linear(1, 1, bias=False)
    model.load_state_dict({"weight": torch.tensor([[0.5]], dtype=torch.float64)})
    observe("the dtype", model.weight.dtype, documented="float32")
    observe("the weight", model.weight, documented=[[0.5]])


@scenario("NNM-13/assign", needs=["NNM-13"])
def loading_with_assign_takes_the_tensors_themselves(torch, observe):
    model = torch.nn.Linear(1, 1, bias=False)
    saved = torch.tensor([[0.5]])
    model.load_state_dict({"weight": saved}, assign=True)
    saved.fill_(3.0)
    observe("the weight after a write to the saved tensor", model.weight, documented=[[3.0]])
    observe("it is a parameter that requires grad", model.weight.requires_grad, documented=True)


@scenario("NNM-14")
def missing_and_unexpected_keys_are_refused(torch, observe):
    model = a_model(torch, 1.0)
    state = dict(a_model(torch, 2.0).state_dict())
    del state["0.bias"]
    with observe.raises("a dict without 0.bias", RuntimeError, saying=("missing", "0.bias")):
        model.load_state_dict(state)
    state = {**a_model(torch, 2.0).state_dict(), "2.weight": torch.tensor([1.0])}
    with observe.raises("a dict with 2.weight", RuntimeError, saying=("unexpected", "2.weight")):
        model.load_state_dict(state)


@scenario("NNM-14/not-strict", needs=["NNM-14"])
def loading_that_is_not_strict_says_what_did_not_match(torch, observe):
    model = a_model(torch, 1.0)
    state = {"0.weight": torch.tensor([[2.0], [3.0]]), "2.weight": torch.tensor([1.0])}
    result = model.load_state_dict(state, strict=False)
    observe(
        "the missing keys",
        sorted(result.missing_keys),
        documented=sorted(set(KEYS) - {"0.weight", "1.num_batches_tracked"}),
    )
    observe("the unexpected keys", list(result.unexpected_keys), documented=["2.weight"])
    observe("what was there is loaded", model[0].weight, documented=[[2.0], [3.0]])
    observe("what was not is as it was", model[0].bias, documented=[1.0, 1.0])


@scenario("NNM-14/shapes", needs=["NNM-14"])
def another_shape_is_refused_strict_or_not(torch, observe):
    for strict in (True, False):
        model = a_model(torch, 1.0)
        state = {**a_model(torch, 2.0).state_dict(), "0.bias": torch.tensor([1.0, 2.0, 3.0])}
        with observe.raises(f"a bias of three with strict={strict}", RuntimeError, saying=("size mismatch", "0.bias")):
            model.load_state_dict(state, strict=strict)
        observe(f"the bias after it with strict={strict}", model[0].bias, documented=[1.0, 1.0])


@scenario("NNM-14/not-a-dict")
def a_state_is_a_dict(torch, observe):
    with observe.raises("a list for a state", TypeError, saying="dict"):
        a_model(torch).load_state_dict([1.0])


@scenario("NNM-15")
def extra_state_is_saved_and_loaded(torch, observe):
    class Counter(torch.nn.Module):
        def __init__(self, count):
            super().__init__()
            self.count = count

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    state = torch.nn.Sequential(Counter(3)).state_dict()
    observe("the keys", list(state), documented=["0._extra_state"])
    fresh = torch.nn.Sequential(Counter(0))
    fresh.load_state_dict(state)
    observe("the count", fresh[0].count, documented=3)


@scenario("NNM-16", needs=["NNM-12"])
def hooks_on_saving_and_loading(torch, observe):
    model = torch.nn.Linear(1, 1, bias=False)
    model.register_state_dict_post_hook(lambda module, state, prefix, metadata: state.update({prefix + "mark": 1.0}))
    observe("the keys", list(model.state_dict()), documented=["weight", "mark"])
    fresh = torch.nn.Linear(1, 1, bias=False)

    def rename(module, state, prefix, *_):
        state[prefix + "weight"] = state.pop(prefix + "old")

    fresh.register_load_state_dict_pre_hook(rename)
    fresh.load_state_dict({"old": torch.tensor([[0.5]])})
    observe("the weight loaded under its old name", fresh.weight, documented=[[0.5]])
    heard = []
    fresh.register_load_state_dict_post_hook(lambda module, keys: heard.append(list(keys.unexpected_keys)))
    fresh.load_state_dict({"old": torch.tensor([[0.5]]), "more": torch.tensor(1.0)}, strict=False)
    observe("the unexpected keys that a post-hook saw", heard, documented=[["more"]])


def tied(torch):
    """Two layers that share one weight, 5."""
    model = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False), torch.nn.Linear(1, 1, bias=False))
    with torch.no_grad():
        model[0].weight.fill_(5.0)
    model[1].weight = model[0].weight
    return model


@scenario("HOD-22/tied", needs=["HOD-22"])
def functional_call_replaces_a_tied_parameter_under_all_its_names(torch, observe):
    call, x = torch.func.functional_call, torch.ones(1, 1)
    model, two = tied(torch), torch.full((1, 1), 2.0)
    observe("one name given", call(model, {"0.weight": two}, (x,)), documented=[[4]])
    observe("strictly", call(model, {"0.weight": two}, (x,), strict=True), documented=[[4]])
    observe("not tied", call(model, {"0.weight": two}, (x,), tie_weights=False), documented=[[10]])
    with observe.raises("two values for one tensor", ValueError, saying="0.weight"):
        call(model, {"0.weight": two, "1.weight": x}, (x,))
    observe("the module is as it was", model[1].weight, documented=[[5]])


BAD_STATES = {
    "a-number": (lambda torch: 3, ValueError),
    "a-list-of-numbers": (lambda torch: [3], ValueError),
    "no-tensor": (lambda torch: {"weight": 3}, TypeError),
    "an-unknown-module": (lambda torch: {"first.weight": torch.ones(1)}, AttributeError),
    "a-plain-attribute": (lambda torch: {"in_features": torch.ones(1)}, TypeError),
}


@scenario("HOD-22", cases=BAD_STATES, needs=["HOD-22"])
def functional_call_refuses_what_cannot_stand_for_a_parameter(torch, observe, case):
    make, error = case
    with observe.raises("the call", error):
        torch.func.functional_call(torch.nn.Linear(1, 1), make(torch), (torch.ones(1, 1),))


@scenario("HOD-22/a-new-name", needs=["HOD-22"])
def functional_call_sets_an_attribute_that_is_not_there_for_the_call(torch, observe):
    class Scale(torch.nn.Module):
        def forward(self, x):
            return self.factor * x

    model = Scale()
    observe("the result", torch.func.functional_call(model, {"factor": torch.tensor(3.0)}, (torch.ones(1),)))
    observe("it is there afterwards", hasattr(model, "factor"))
    with observe.raises("with strict", RuntimeError, saying="factor"):
        torch.func.functional_call(model, {"factor": torch.tensor(3.0)}, (torch.ones(1),), strict=True)


@scenario("HOD-22/by-its-old-name", needs=["HOD-22"])
def the_old_name_of_functional_call_warns(torch, observe):
    from_old = torch.nn.utils.stateless.functional_call
    with observe.warns("the call", FutureWarning, saying="torch.func.functional_call"):
        result = from_old(tied(torch), {"0.weight": torch.full((1, 1), 2.0)}, (torch.ones(1, 1),))
    observe("its result", result)
