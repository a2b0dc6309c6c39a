"""What the plan says of the database lock: blinding, waivers, signatories."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Blinding", "Model", "Shuffle", "Signatory", "Waiver"]


class Model(BaseModel):
    """Refuses unknown fields, cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shuffle(Model):
    """Variables whose values a dry-run lock deals out anew among the records of a dataset."""

    dataset: str
    variables: tuple[str, ...] = Field(min_length=1)
    """Keep their records in common: values of one record stay together."""
    within: tuple[str, ...] = ()
    """Variables whose values keep their own: parameters, units."""


class Blinding(Model):
    """Who may know the treatment codes, and what a dry-run lock hides (``csrbook.lock.dummy_codes``).

    The seed of the dummy codes is ``seeds.dry_run``.
    """

    open_label: bool = False
    """Whether a transfer may hold treatment codes before the plan is frozen."""
    treatment_variables: tuple[str, ...] = ("TRT01P", "TRT01PN", "TRT01A", "TRT01AN")
    """Variables of ADSL, and of any other dataset that has them, that say which treatment a subject got."""
    drug_variables: dict[str, tuple[str, ...]] = {}
    """By dataset, variables that name a drug of an arm (``ADEX: [PARCAT1]``)."""
    shuffled: tuple[Shuffle, ...] = ()
    """What reveals treatment by its values, such as doses."""

    @model_validator(mode="after")
    def _codes_of_arms_are_listed(self) -> Blinding:
        if missing := [name for name in ("TRT01PN", "TRT01AN") if name not in self.treatment_variables]:
            msg = f"treatment_variables without {' and '.join(missing)}, from which the analyses read the arm"
            raise ValueError(msg)
        return self


class Signatory(Model):
    """Someone who must sign a lock."""

    name: str
    role: str = ""
    """Such as ``Trial statistician``."""
    public_key: str = Field(pattern=r"^ed25519:[A-Za-z0-9+/]{43}=$")
    """As ``csrbook keys new`` prints it."""


class Waiver(Model):
    """A finding of validation that is admitted, and who admits it."""

    rule: str = Field(pattern=r"^[A-Z]+[0-9]*$")
    """Id of the rule, such as ``R42``."""
    dataset: str | None = None
    """The dataset in which it is admitted; all where absent."""
    reason: str
    name: str
    """Who decided it."""
    date: str
    """When, as 2026-01-15."""

    @model_validator(mode="after")
    def _says_why_who_and_when(self) -> Waiver:
        for field in ("reason", "name"):
            if not getattr(self, field).strip():
                msg = f"a waiver of {self.rule} without a {field}"
                raise ValueError(msg)
        try:
            date.fromisoformat(self.date)
        except ValueError as error:
            msg = f"a waiver of {self.rule} with the date '{self.date}', which is none such as 2026-01-15"
            raise ValueError(msg) from error
        return self
