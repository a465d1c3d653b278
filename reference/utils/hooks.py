"""``torch.utils.hooks``: the handle that registering a hook returns."""

from reference.autograd.graph import RemovableHandle

__all__ = ["RemovableHandle"]
