"""``torch.utils``: checkpoint and hooks."""

from reference.utils import checkpoint, hooks

__all__ = ["checkpoint", "hooks"]
