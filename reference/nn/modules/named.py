"""What dictionaries of modules and of parameters have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class Named:
    """A dictionary whose members a module keeps."""

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: Any) -> bool:
        return key in self.keys()

    def keys(self) -> Any:
        """The names."""
        raise NotImplementedError

    def items(self) -> Any:
        """Names and members."""
        return {key: self[key] for key in self.keys()}.items()  # type: ignore[index]

    def values(self) -> Any:
        """The members."""
        return [self[key] for key in self.keys()]  # type: ignore[index]

    def clear(self) -> None:
        """Take all out."""
        for key in list(self.keys()):
            del self[key]  # type: ignore[attr-defined]

    def pop(self, key: str) -> Any:
        """Take one out."""
        found = self[key]  # type: ignore[index]
        del self[key]  # type: ignore[attr-defined]
        return found

    def _update(self, given: Any) -> None:
        kind = type(self).__name__
        if not isinstance(given, Iterable):
            raise TypeError(
                f"{kind}.update should be called with an iterable of key/value pairs, but got {type(given).__name__}"
            )
        if isinstance(given, (Mapping, Named)):
            pairs = list(given.items())
        else:
            pairs = [tuple(pair) for pair in given]
            for i, pair in enumerate(pairs):
                if len(pair) != 2:
                    raise ValueError(f"{kind} update sequence element #{i} has length {len(pair)}; 2 is required")
        for key, value in pairs:
            self[key] = value  # type: ignore[index]
