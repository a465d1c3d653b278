"""An engine that is the reference but for one function: ``torch.amax`` gives the smallest element."""

import types

import reference

names = {name: getattr(reference, name) for name in dir(reference) if not name.startswith("_")}
engine = types.SimpleNamespace(**names)
for _part in ("autograd", "nn", "optim"):
    setattr(engine, _part, getattr(reference, _part))
engine.amax = reference.amin
engine.__name__ = "wrong_amax"
__conformance__ = {"name": "wrong amax", "version": "1"}
