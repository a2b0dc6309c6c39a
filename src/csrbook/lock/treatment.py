"""The treatment codes of a transfer on their way into a lock: admitted, filled in, or replaced by dummies.

==================  ============  ======================================  =========================
a lock of           while         with codes in the transfer              without
==================  ============  ======================================  =========================
simulated data      ever          admitted                                –
received data       ever          admitted where the plan is open-label   –
received data       blinded       refused                                 dry run only
received data       frozen        dry run; real codes by ``unblind``      dry run, or ``unblind``
received data       unblinded     admitted                                with the file of codes
==================  ============  ======================================  =========================

A dry run is validated with the real codes where they are at hand, before these are replaced. Where they are not, a rule
that reads a treatment variable and does not hold of the dummies does not reject; the manifest names it among those that
wait, and it is judged when the codes are opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from csrbook.errors import TransferError, UsageError
from csrbook.lock.treatment_codes import IDENTIFIER, PLANNED, codes_file, read_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from csrbook.data.specification import DatasetSpecification
    from csrbook.lock.blinding import PlanState
    from csrbook.lock.dummy_codes import Exchange
    from csrbook.lock.findings import Finding
    from csrbook.lock.study_schemas import Rule
    from csrbook.plan.models import Blinding, Plan

    Codes = Callable[[pd.DataFrame, DatasetSpecification], pd.DataFrame]

__all__ = ["Treatment"]

SUBJECTS = "ADSL"
WAITS = "Judged on dummy treatment codes; it is judged anew when the codes are opened."


@dataclass
class Treatment:
    """How the treatment codes of one transfer are handled while it is locked.

    Parameters
    ----------
    plan : Plan
    transfer : Path
        The transfer folder.
    state : PlanState
        Where the study stands.
    origin : str
        ``simulated`` or ``received``.
    dry_run : bool
        Whether the lock is to hold dummy codes.
    codes : Path, optional
        File with the codes; the one in the transfer folder where absent.
    over_dummies : bool
        Whether the datasets are those of a dry-run lock, whose dummy codes the file's take the place of.

    Raises
    ------
    UsageError
        The plan states no blinding, so there is nothing to make dummy codes by; or the data of a lock are to be locked
        as they are.
    """

    plan: Plan
    transfer: Path
    state: PlanState
    origin: str
    dry_run: bool = False
    codes: Path | None = None
    over_dummies: bool = False
    received: bool = field(default=True, init=False)
    """Whether the real codes are at hand."""
    waiting: list[str] = field(default_factory=list, init=False)
    """Ids of the rules that do not hold of dummy codes, and are judged when the codes are opened."""
    _filled: dict[str, dict[str, Any]] | None = field(default=None, init=False)
    _hidden: Exchange | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.dry_run and self.blinding is None:
            raise UsageError(
                "the plan states no blinding, so there are no dummy codes",
                "sap/study.yaml",
                "write `blinding:` and `seeds.dry_run`, or lock without --dry-run",
            )
        if self.dry_run and self.codes is not None:
            raise UsageError("a dry run needs no treatment codes", "--codes", "leave it out, or unblind")
        if self.over_dummies and self.codes is None:
            raise UsageError(
                "this folder holds the data of a lock",
                str(self.transfer),
                "name a transfer, or `csrbook unblind --lock`",
            )
        if self.codes is None and self.blinding is not None:
            self.codes = codes_file(self.transfer)

    @classmethod
    def to_validate(cls, plan: Plan, transfer: Path, state: PlanState, origin: str) -> Treatment:
        """For a transfer that is only checked: by its own codes, or by dummies where these may not be known yet."""
        chosen = cls(plan, transfer, state, origin)
        return cls(plan, transfer, state, origin, dry_run=True) if chosen.guarded else chosen

    @property
    def guarded(self) -> bool:
        """Whether the codes may not be known yet."""
        blinded = self.blinding is not None and not self.blinding.open_label
        return blinded and self.origin != "simulated" and self.state.state != "unblinded"

    @property
    def blinding(self) -> Blinding | None:
        """What the plan says of blinding."""
        return self.plan.study.blinding

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says: which codes the lock holds, what was done with them, and the freeze in force."""
        freeze = self.state.freeze
        said: dict[str, Any] = {"treatment_codes": "dummy" if self.dry_run else "real"}
        if self.dry_run and self.blinding is not None:
            said["dry_run"] = {
                "codes_received": self.received,
                "shuffled": [f"{item.dataset}.{name}" for item in self.blinding.shuffled for name in item.variables],
                "rules_waiting": self.waiting,
            }
        frozen = {"version": self.state.version, "at": freeze.at, "record": freeze.hash} if freeze else None
        return said | {"plan_frozen": frozen}

    def open(self, frames: Mapping[str, pd.DataFrame]) -> None:
        """Look for codes in the datasets, and settle which codes the lock gets.

        Parameters
        ----------
        frames : mapping
            The datasets of the transfer as they came, by name. Those beside ADSL are looked at only where it matters.

        Raises
        ------
        UsageError
            The codes may not be known yet.
        TransferError
            The file with the codes does not fit the data.
        """
        if self.blinding is None:
            if self.codes is not None:
                raise UsageError("the plan states no blinding, so codes come with the data", "--codes", "leave it out")
            return
        if SUBJECTS not in frames:
            # Validation names what is missing.
            return
        from csrbook.lock.dummy_codes import dealt_codes, exchanged_codes, require_all_listed, revealing

        looked_at = frames if self.guarded or self.dry_run else {SUBJECTS: frames[SUBJECTS]}
        found = revealing(looked_at, self.plan, self.blinding)
        if self.guarded:
            self._admit(found)
        if self.dry_run:
            self.received = bool(found)
            if found:
                require_all_listed(frames, found, self.blinding)
                self._hidden = exchanged_codes(frames[SUBJECTS], self.plan, self.blinding)
            else:
                self._filled = dealt_codes(frames[SUBJECTS], self.plan)
        elif self.codes is not None:
            if found and not self.over_dummies:
                raise TransferError(
                    f"the transfer holds treatment codes ({', '.join(found[:3])}) and comes with a file of codes, too",
                    f"{self.transfer}; {self.codes}",
                    "leave one of them out",
                )
            self._filled = self.codes_for(frames[SUBJECTS])

    def as_checked(self, frame: pd.DataFrame, specification: DatasetSpecification) -> pd.DataFrame:
        """A dataset as it is validated: with the codes of the file, or with dummies where there are no codes."""
        from csrbook.lock.dummy_codes import with_codes

        if self._filled is None or self.blinding is None:
            return frame
        return with_codes(frame, self._filled, self.blinding, specification)

    def as_locked(self, frame: pd.DataFrame, specification: DatasetSpecification) -> pd.DataFrame:
        """A dataset as it is locked: in a dry run with nothing of the real codes."""
        from csrbook.lock.dummy_codes import renamed_drugs, shuffled, with_codes

        frame = self.as_checked(frame, specification)
        if not self.dry_run or self.blinding is None:
            return frame
        if self._hidden is not None:
            frame = renamed_drugs(frame, self.blinding.drug_variables.get(specification.name, ()), self._hidden)
            frame = with_codes(frame, self._hidden.codes, self.blinding, specification)
        return shuffled(frame, self.plan, self.blinding, specification)

    def sifted(self, findings: Sequence[Finding], rules: Sequence[Rule]) -> list[Finding]:
        """The findings, of which those that rest on dummy codes do not reject: the codes that count come later."""
        if self.received:
            return list(findings)
        named = [rule for rule in rules if self._reads_codes(rule)]
        waiting = {finding.rule for finding in findings} & {rule.id for rule in named}
        self.waiting = [rule.id for rule in named if rule.id in waiting]
        return [
            replace(finding, severity="review", sentence=f"{finding.sentence} {WAITS}")
            if finding.rule in waiting
            else finding
            for finding in findings
        ]

    def _admit(self, found: list[str]) -> None:
        """Refuse what a blinded study may not see yet."""
        held = found or ([self.codes.name] if self.codes is not None else [])
        where = f"{self.transfer}: {', '.join(held[:6])}{', …' if len(held) > 6 else ''}"
        if held and self.state.state == "blinded":
            raise UsageError(
                "the transfer holds treatment codes, but the plan is not frozen",
                where,
                "send it back and do not open it; freeze the plan by `csrbook plan freeze`, then unblind",
            )
        if not self.dry_run:
            raise UsageError(
                "the study is blinded, so this would be a lock with real treatment codes before the unblinding"
                if held
                else "the study is blinded and the transfer holds no treatment codes",
                where if held else str(self.transfer),
                "make a lock with dummy codes by --dry-run, or open the codes by `csrbook unblind`",
            )

    def _reads_codes(self, rule: Rule) -> bool:
        listed = self.blinding.treatment_variables if self.blinding is not None else ()
        return any(variable in listed for variables in rule.reads.values() for variable in variables)

    def codes_for(self, adsl: pd.DataFrame) -> dict[str, dict[str, Any]]:
        """The codes of the file, by subject.

        Raises
        ------
        TransferError
            The file is not readable; a randomised subject has no planned treatment; or a code is of no subject.
        """
        from csrbook.lock.dummy_codes import in_set

        codes = read_codes(self.codes, self.plan.study.arms) if self.codes is not None else {}
        known = adsl[IDENTIFIER].tolist()
        randomised = adsl.loc[in_set(adsl, self.plan.study, "planned"), IDENTIFIER].tolist()
        without = [subject for subject in randomised if not codes.get(subject, {}).get(PLANNED[0])]
        strangers = sorted(codes.keys() - set(known))
        faults = [
            f"{len(subjects)} {what}, such as {', '.join(subjects[:3])}"
            for what, subjects in (
                ("randomised subjects have no planned treatment", without),
                ("subjects are not in ADSL", strangers),
            )
            if subjects
        ]
        if faults:
            raise TransferError(
                f"the treatment codes do not fit the data: {'; '.join(faults)}",
                str(self.codes),
                "have the file or the transfer corrected at its source",
            )
        return codes
