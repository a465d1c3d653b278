"""What a campaign of random programs came to, as the pages show it: one row a subject."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from reports.run import CampaignDivergence, CampaignPart, Run


@dataclass
class Row:
    """The programs of one subject."""

    subject: str
    programs: int = 0
    seconds: float = 0.0
    undetermined: int = 0
    unsettled: int = 0
    again: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    clauses: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    divergences: list[tuple[CampaignPart, CampaignDivergence]] = field(default_factory=list)

    def add(self, part: CampaignPart) -> None:
        """Add the programs of one scenario under one dtype."""
        for name in ("programs", "seconds", "undetermined", "unsettled", "again"):
            setattr(self, name, getattr(self, name) + getattr(part, name))
        for name in ("operations", "clauses", "missing"):
            getattr(self, name).update(getattr(part, name))
        self.pairs.update((first, second) for first, seconds in part.pairs.items() for second in seconds)
        self.divergences += [(part, found) for found in part.divergences]

    @property
    def rate(self) -> float:
        """Programs a second, in one process."""
        return self.programs / self.seconds if self.seconds else 0.0

    @property
    def undetermined_share(self) -> float:
        """The share of programs that were not decided, in per cent."""
        return 100 * self.undetermined / self.programs if self.programs else 0.0


def rows(run: Run) -> list[Row]:
    """A row for each subject that a campaign ran programs on."""
    found: dict[str, Row] = {}
    for part in run.campaign.parts if run.campaign else []:
        found.setdefault(part.subject, Row(part.subject)).add(part)
    return list(found.values())
