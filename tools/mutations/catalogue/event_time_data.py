"""Errors in the derivation of the times to an event, for which the simulation stands."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

__all__ = ["MUTATIONS"]

MUTATIONS = (
    Mutation(
        "wrong censoring",
        "treatment failure: progression on treatment is no event",
        "simulation/time_to_event.py",
        "first = np.minimum(np.minimum(stopped, progressed), seen.death)",
        "first = np.minimum(stopped, seen.death)",
        ("ADTTE",),
    ),
    Mutation(
        "on-treatment window ignored",
        "time to toxicity is censored when last known alive, not at the last dose",
        "simulation/time_to_event.py",
        "end = np.where(follow_up.treated, follow_up.end, 0)",
        "end = np.where(follow_up.treated, follow_up.last, 0)",
        ("ADTTE",),
    ),
    Mutation(
        "wrong censoring",
        "scans after the investigator's progression count for the independent review",
        "simulation/time_to_event.py",
        "follow_up, ((stop, ONGOING),))",
        "follow_up)",
        ("ADTTE",),
    ),
    Mutation(
        "wrong competing event",
        "death without deterioration is an event",
        "simulation/time_to_event.py",
        (
            '(follow_up.dead, follow_up.last, ONGOING, "DEATH", COMPETING, "ADSL", "DTHDT", np.nan, '
            "2),\n"
            "            (\n"
            "                none,"
        ),
        (
            '(follow_up.dead, follow_up.last, 0, "DEATH", COMPETING, "ADSL", "DTHDT", np.nan, 1),\n'
            "            (\n"
            "                none,"
        ),
        ("ADTTE",),
    ),
    Mutation(
        "wrong record selection",
        "the first scan with a response, confirmed or not",
        "simulation/response.py",
        "response=_first(response | complete)",
        "response=_first(np.isin(overall, (CR, PR)))",
        ("ADTTE",),
    ),
    Mutation(
        "< for <=",
        "a new therapy on the day of progression censors",
        "simulation/progression.py",
        "earlier = (day < event) & (day < first)",
        "earlier = (day <= event) & (day < first)",
        ("ADTTE",),
    ),
    Mutation(
        "wrong censoring",
        "a death before the first scan is no event",
        "simulation/progression.py",
        "happens = (event < NEVER) & ~(unseen & (event > limit))",
        "happens = (event < NEVER) & ~unseen",
        ("ADTTE",),
    ),
    Mutation(
        "wrong date variable",
        "the interval begins at randomisation, not at the last scan without progression",
        "simulation/progression.py",
        "left=np.where(by_scan, seen.day_or_start(last), day)",
        "left=np.where(by_scan, 0, day)",
        ("ADTTE",),
    ),
    Mutation(
        "wrong date variable",
        "censored when last known alive, not at the last adequate scan",
        "simulation/progression.py",
        "day = np.where(is_event, event, seen.day_or_start(index))",
        "day = np.where(is_event, event, np.where(index < 0, 0, follow_up.last))",
        ("ADTTE",),
    ),
    Mutation(
        "wrong censoring",
        "the last of several reasons to censor wins, not the first",
        "simulation/progression.py",
        "earlier = (day < event) & (day < first) & (code",
        "earlier = (day < event) & (code",
        ("ADTTE",),
    ),
)
