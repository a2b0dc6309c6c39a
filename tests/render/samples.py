"""Displays made by hand, as an analysis program would make them: the least each kind of page has to cope with."""

from __future__ import annotations

import math
from typing import Any, Literal

from csrbook.displays.model import (
    Box,
    Cell,
    Column,
    Curve,
    Display,
    Edge,
    Flow,
    Forest,
    ForestRow,
    Identity,
    KaplanMeier,
    Row,
)
from csrbook.errors import RenderError
from csrbook.render.fonts import choose_fonts

KINDS = {"T": "table", "F": "figure", "L": "listing"}
ARMS = ("Fulvestrant\n+ Pyrotinib\n(N=163)", "Capecitabine\n+ Pyrotinib\n(N=163)", "Total\n(N=326)")

LONG = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 5
"""225 letters without a blank."""

CHINESE = "腹泻 (diarrhoea) 手足综合征，3级"


def chinese_font() -> bool:
    """Whether this machine has a Chinese font; a new one need not have any."""
    try:
        choose_fonts({"term": CHINESE})
    except RenderError:
        return False
    return True


NASTY_TERMS = (
    "#heading #1 and #set text(red)",
    "<b>bold</b> & <script>alert(1)</script>",
    "$x^2$ costs $5 and \\frac{1}{2} \\ end",
    "{{< include /etc/passwd >}} {{< meta title >}}",
    "*stars* _under_ `tick` ~tilde~ ^hat^ @ref [link](x)",
    "--- dashes -- and ... 'single' \"double\" quotes fi fl ffi",
    CHINESE if chinese_font() else "Übelkeit (nausée), ≥3 – µg/l",
    LONG[:200],
)


def identity(output: str, title: str, population: str, section: str, **changes: Any) -> Identity:
    """Identity of an output, as the plan and the lock would give it."""
    kind = KINDS[output[0]]
    values: dict[str, Any] = {
        "id": output,
        "anchor": f"{output[0].lower()}-{output[1:].replace('.', '-')}",
        "kind": kind,
        "number": f"{kind.capitalize()} {output[1:]}",
        "title": title,
        "population": population,
        "section": section,
        "footnotes": ("N = patients in the analysis set; n = patients with the characteristic.",),
        "sources": ("ADaM.ADSL",),
        "program": "analyses/population/demography.py",
        "protocol": "2020-KY-140",
        "sponsor": "Sun Yat-sen Memorial Hospital, Sun Yat-sen University",
        "status": "SIMULATED DATA",
        "data_cutoff": "15JAN2026",
        "lock": "sha256:9f3c1e7ab02d9f3c1e7ab02d9f3c1e7ab02d9f3c1e7ab02d9f3c1e7ab02d9f3c",
        "language": "en",
    }
    return Identity(**{**values, **changes})


def count(n: int, total: int) -> str:
    """``n (pp.p)``."""
    return f"{n} ({100 * n / total:.1f})" if n else "0"


def demography() -> Display:
    """Groups, continuous and categorical rows, a spanner."""

    def continuous(label: str, mean: float, sd: float) -> tuple[Row, ...]:
        shift = (0.0, 0.7, 0.3)
        return (
            Row(label=label, kind="group"),
            Row(("163", "162", "325"), "n", indent=1),
            Row(tuple(f"{mean + s:.1f} ({sd + s:.2f})" for s in shift), "Mean (SD)", indent=1),
            Row(tuple(f"{mean + s:.1f}" for s in shift), "Median", indent=1),
            Row(tuple(f"{mean - sd + s:.1f}, {mean + sd + s:.1f}" for s in shift), "Q1, Q3", indent=1),
            Row(tuple(f"{mean - 2 * sd:.0f}, {mean + 2 * sd:.0f}" for _ in shift), "Min, Max", indent=1),
        )

    def category(label: str, levels: dict[str, tuple[int, int]]) -> tuple[Row, ...]:
        rows = [Row(label=label, kind="group")]
        for level, (a, b) in levels.items():
            rows.append(Row((count(a, 163), count(b, 163), count(a + b, 326)), level, indent=1))
        return tuple(rows)

    return Display(
        columns=(Column(4.2), *(Column(1.6, "decimal") for _ in range(3))),
        header=(
            (
                Cell("Characteristic\n   Statistic", rowspan=2, align="left"),
                Cell("Treatment arm", colspan=2, rule=True),
                Cell(ARMS[2], rowspan=2),
            ),
            (Cell(ARMS[0]), Cell(ARMS[1])),
        ),
        rows=(
            *continuous("Age (years)", 54.3, 9.87),
            *category("Age group, n (%)", {"<65 years": (131, 127), "≥65 years": (32, 36)}),
            *category("ECOG performance status, n (%)", {"0": (88, 91), "1": (75, 72)}),
            *category("Visceral disease, n (%)", {"Yes": (104, 101), "No": (59, 62)}),
            *category(
                "Prior trastuzumab, n (%)",
                {"(Neo)adjuvant": (98, 97), "First-line metastatic": (65, 65), "None": (0, 1)},
            ),
            *continuous("Body mass index (kg/m²)", 23.4, 3.21),
        ),
        footnotes=("Q1 = first quartile; Q3 = third quartile; SD = standard deviation.",),
    )


CLASSES = {
    "Blood and lymphatic system disorders": ("Anaemia", "Leukopenia", "Neutropenia", "Thrombocytopenia"),
    "Cardiac disorders": ("Atrial fibrillation", "Palpitations", "Sinus bradycardia", "Tachycardia"),
    "Gastrointestinal disorders": (
        "Abdominal pain", "Constipation", "Diarrhoea", "Dyspepsia", "Mouth ulceration", "Nausea", "Stomatitis",
        "Vomiting",
    ),
    "General disorders and administration site conditions": (
        "Asthenia", "Chills", "Fatigue", "Injection site induration", "Injection site pain", "Malaise",
        "Oedema peripheral", "Pyrexia",
    ),
    "Infections and infestations": ("Influenza", "Nasopharyngitis", "Paronychia", "Upper respiratory tract infection"),
    "Investigations": (
        "Alanine aminotransferase increased", "Aspartate aminotransferase increased", "Blood bilirubin increased",
        "Blood creatinine increased", "Ejection fraction decreased", "Weight decreased",
    ),
    "Metabolism and nutrition disorders": ("Decreased appetite", "Hypertriglyceridaemia", "Hypokalaemia"),
    "Skin and subcutaneous tissue disorders": (
        "Alopecia", "Dry skin", "Palmar-plantar erythrodysaesthesia syndrome", "Pruritus", "Rash", "Skin fissures",
        "Skin hyperpigmentation", "Urticaria",
    ),
}  # fmt: skip


def adverse_events() -> Display:
    """System organ classes that run over pages."""
    rows = [Row(("161 (98.8)", "1043", "163 (100.0)", "1311"), "Patients with at least one event")]
    for i, (soc, terms) in enumerate(CLASSES.items()):
        rows.append(Row((count(60 + 7 * i, 163), "231", count(71 + 5 * i, 163), "260"), soc, "section"))
        for j, term in enumerate(terms):
            a, b = (j * 17 + i * 5) % 90, (j * 29 + i * 3) % 97
            rows.append(Row((count(a, 163), str(a * 2), count(b, 163), str(b * 2)), term, indent=1))
    rows.append(Row(("3 (1.8)", "3", "2 (1.2)", "2"), "Uncoded", "section"))
    rows += [Row(("1 (0.6)", "1", "0", "0"), term, indent=1) for term in NASTY_TERMS]
    return Display(
        columns=(
            Column(4.4),
            Column(1.3, "decimal"),
            Column(1, "decimal"),
            Column(1.3, "decimal"),
            Column(1, "decimal"),
        ),
        header=(
            (
                Cell("System Organ Class\n   Preferred Term", rowspan=2, align="left"),
                Cell(ARMS[0], colspan=2, rule=True),
                Cell(ARMS[1], colspan=2, rule=True),
            ),
            (Cell("n (%)"), Cell("Events"), Cell("n (%)"), Cell("Events")),
        ),
        rows=tuple(rows),
    )


def listing(subjects: int = 12, *, nasty: bool = True) -> Display:
    """Several records a subject, some terms nobody would expect."""
    rows = []
    terms = [term for group in CLASSES.values() for term in group]
    for s in range(subjects):
        subject = f"NCT04646759-{s // 20 + 1:03d}-{s % 20 + 1:04d}"
        for k in range(3 + s % 4):
            term = NASTY_TERMS[(s * 3 + k) % len(NASTY_TERMS)] if nasty and k == 2 else terms[(s * 5 + k) % len(terms)]
            soc = next((group for group, members in CLASSES.items() if term in members), "Uncoded")
            rows.append(
                Row(
                    (
                        subject, f"{50 + s % 30}/F", soc, term, f"{k + 3:02d}MAY2024 ({39 + k})",
                        f"{k + 9:02d}JUL2024 ({58 + k})", str(1 + k % 3),
                        "Y / Drug interrupted" if k % 2 else "N / Dose not changed",
                    )
                )
            )  # fmt: skip
    headings = (
        "Unique Subject\nIdentifier", "Age/\nSex", "System Organ Class", "Preferred Term", "Start Date\n(Day)",
        "End Date\n(Day)", "CTCAE\nGrade", "Serious / Action\nTaken",
    )  # fmt: skip
    return Display(
        columns=tuple(Column(w) for w in (1.75, 0.6, 2.1, 2.3, 1.25, 1.25, 0.65, 1.6)),
        header=(tuple(Cell(text, align="left") for text in headings),),
        rows=tuple(rows),
        group_by=1,
    )


def curve(name: str, median: float, n: int, grid: tuple[int, ...]) -> Curve:
    """An exponential curve with every fourth subject censored."""
    times, values, ticks, levels = [], [], [], []
    survival, at_risk = 1.0, n
    exits = []
    for i in range(n):
        time = round(-median / math.log(2) * math.log(1 - (i + 0.5) / n), 2)
        if time > grid[-1]:
            break
        exits.append(time)
        if i % 4 == 3:
            ticks.append(time)
            levels.append(survival)
        else:
            survival *= 1 - 1 / at_risk
            times.append(time)
            values.append(survival)
        at_risk -= 1
    risk = tuple(n - sum(t < g for t in exits) for g in grid)
    return Curve(name, tuple(times), tuple(values), tuple(ticks), tuple(levels), risk)


def kaplan_meier() -> Display:
    """Two arms over 36 months."""
    grid = tuple(range(0, 37, 3))
    return Display(
        figure=KaplanMeier(
            curves=(curve("Fulvestrant+Pyrotinib", 13.1, 163, grid), curve("Capecitabine+Pyrotinib", 11.2, 163, grid)),
            grid=grid,
            x_label="Months from randomisation",
            y_label="Probability of progression-free survival",
            inset=(
                "Median (95% CI): FUL+PYR 13.1 (11.0, 15.2), CAP+PYR 11.2 (9.4, 13.0) months",
                "Stratified hazard ratio 0.861 (95% CI 0.660, 1.123)",
                "Non-inferiority one-sided p = 0.0012 (margin 1.30)",
            ),
        ),
        alt="Kaplan-Meier curves of progression-free survival; that of fulvestrant runs above that of capecitabine.",
    )


def margin_plot() -> Display:
    """Few rows, two reference lines, an interval beyond the axis."""
    rows = (
        ForestRow("Primary estimand", bold=True),
        ForestRow("Intention-to-Treat Set", ("228", "0.861 (0.660, 1.123)"), 0.861, 0.660, 1.123, 1, weight=228),
        ForestRow("Per-Protocol Set", ("205", "0.850 (0.643, 1.124)"), 0.850, 0.643, 1.124, 1, weight=205),
        ForestRow("Sensitivity", bold=True),
        ForestRow("Central review", ("210", "0.902 (0.688, 1.182)"), 0.902, 0.688, 1.182, 1, weight=210),
        ForestRow("Censored at new therapy", ("190", "1.010 (0.610, 3.400)"), 1.010, 0.610, 3.400, 1, weight=60),
        ForestRow("Unstratified", ("3", "NE"), None, None, None, 1),
    )
    return Display(
        figure=Forest(
            columns=("Analysis", "Events", "Hazard ratio\n(95% CI)"),
            rows=rows,
            ticks=(0.5, 0.7, 1.0, 1.3, 2.0),
            lines=((1.0, "1.00"), (1.3, "Margin 1.30")),
            x_label="Hazard ratio (log scale)",
            left_label="Favours FUL+PYR",
            right_label="Favours CAP+PYR",
        ),
        alt="Hazard ratios of all analyses with 95% intervals; both primary upper limits lie below 1.30.",
    )


def marker_forest(markers: int = 11) -> Display:
    """Many rows: more than a page holds when there are many markers."""
    rows = [
        ForestRow(
            "All evaluable patients", ("228/326", "0.861 (0.660, 1.123)", "", ""), 0.861, 0.66, 1.123, 0, True, 228
        )
    ]
    for i in range(markers):
        hr = 0.6 + 0.07 * i
        rows.append(ForestRow(f"Marker {i + 1}", ("", "", "0.4312", "0.8120")))
        for level, weight in (("Mutated", 40 + 7 * i), ("Wild type", 130 - 4 * i)):
            low, high = hr * math.exp(-6 / math.sqrt(weight) / 2), hr * math.exp(6 / math.sqrt(weight) / 2)
            text = f"{hr:.3f} ({low:.3f}, {high:.3f})"
            rows.append(ForestRow(level, (f"{weight}/{weight + 30}", text, "", ""), hr, low, high, 1, weight=weight))
    return Display(
        figure=Forest(
            columns=("Marker", "Events/N", "Hazard ratio (95% CI)", "Interaction\np-value", "FDR\nq-value"),
            rows=tuple(rows),
            ticks=(0.25, 0.5, 1.0, 2.0, 4.0),
            lines=((1.0, ""),),
            x_label="Hazard ratio, FUL+PYR against CAP+PYR (log scale)",
            left_label="Favours FUL+PYR",
            right_label="Favours CAP+PYR",
            right=3,
        ),
        alt="Hazard ratios by marker level; no interaction is significant after adjustment.",
    )


def flow() -> Display:
    """A CONSORT chart of two arms with reasons."""

    def box(
        name: str, row: int, column: float, *lines: str, align: Literal["left", "center"] = "center", width: float = 1
    ) -> Box:
        return Box(name, lines, row, column, width, align)

    boxes = [
        box("screened", 0, 0.5, "Assessed for eligibility (n=412)"),
        box(
            "excluded", 1, 1.35, "Excluded (n=86)", "  Inclusion criteria not met (n=52)", "  Withdrawal (n=21)",
            "  Other reasons (n=13)", align="left", width=0.9,
        ),
        box("randomised", 2, 0.5, "Randomised (n=326)"),
    ]  # fmt: skip
    edges = [Edge("screened", "excluded"), Edge("screened", "randomised")]
    for i, (arm, name) in enumerate((("ful", "Fulvestrant + Pyrotinib"), ("cap", "Capecitabine + Pyrotinib"))):
        boxes += [
            box(f"{arm}-alloc", 3, i, f"Allocated to {name} (n=163)", "Received allocated treatment (n=162)",
                "Did not receive allocated treatment (n=1)"),
            box(f"{arm}-fu", 4, i, "Discontinued treatment (n=121)", "  Progressive disease (n=98)",
                "  Adverse event (n=12)", "  Withdrawal by subject (n=11)", align="left"),
            box(f"{arm}-an", 5, i, "Analysed, Intention-to-Treat Set (n=163)", "Per-Protocol Set (n=149)",
                "Safety Set (n=162)"),
        ]  # fmt: skip
        edges += [Edge("randomised", f"{arm}-alloc"), Edge(f"{arm}-alloc", f"{arm}-fu"), Edge(f"{arm}-fu", f"{arm}-an")]
    return Display(
        figure=Flow(
            tuple(boxes), tuple(edges), ((0, "Enrolment"), (3, "Allocation"), (4, "Follow-up"), (5, "Analysis"))
        ),
        alt="Flow of 412 screened and 326 randomised patients through the trial.",
    )


def estimates() -> Display:
    """A short table whose numbers running text quotes."""
    rows = (
        Row(("118 (72.4)", "110 (67.5)"), "Events, n (%)"),
        Row(("13.1 (11.0, 15.2)", "11.2 (9.4, NE)"), "Median (95% CI), months"),
        Row(kind="blank"),
        Row(("0.861", ""), "Stratified hazard ratio"),
        Row(("(0.660, 1.123)", ""), "95% CI", indent=1),
        Row(("<0.0001", ""), "p-value, one-sided"),
    )
    return Display(
        columns=(Column(3), Column(2, "decimal"), Column(2, "decimal")),
        header=((Cell("", align="left"), Cell(ARMS[0]), Cell(ARMS[1])),),
        rows=rows,
        numbers={
            "hr": "0.861", "lower": "0.660", "upper": "1.123", "ci": "0.660 to 1.123", "margin": "1.30", "met": "Met",
            "p": "<0.0001", "conclusion": "Non-inferiority is shown.", "events_test": "118", "subjects_test": "163",
            "events_control": "110", "subjects_control": "163", "median_test": "13.1", "median_control": "11.2",
        },
    )  # fmt: skip


ITT, PP, SAF, BM = "Intention-to-Treat Set", "Per-Protocol Set", "Safety Set", "Biomarker-Evaluable Set"
PRIMARY, SECONDARY = "14.2.1 Efficacy Data: Primary Endpoint", "14.2.4 Efficacy Data: Secondary Endpoints"
MARKERS, EVENTS = "14.2.6 Efficacy Data: Biomarkers", "14.3.1 Displays of Adverse Events"
BASE, RESPONSES, LISTED = (
    "14.1 Demographic Data",
    "16.2.6 Individual Efficacy Response Data",
    "16.2.7 Adverse Event Listings (Each Patient)",
)
BY_CLASS = "Treatment-Emergent Adverse Events by System Organ Class and Preferred Term"

CATALOGUE = (
    ("T14.1.1.1", "Patient Disposition", "Screened Set", BASE, demography),
    ("F14.1.1.2", "CONSORT Flow of Patients", "Screened Set", BASE, flow),
    ("T14.1.2.1", "Analysis Sets", ITT, BASE, estimates),
    ("T14.1.3.1", "Demographic and Baseline Characteristics", ITT, BASE, demography),
    ("T14.2.1.1", "Progression-Free Survival: Primary Non-Inferiority Analysis", ITT, PRIMARY, estimates),
    ("T14.2.1.2", "Progression-Free Survival: Co-Primary Analysis", PP, PRIMARY, estimates),
    ("T14.2.1.3", "Non-Inferiority Decision and Gate", f"{ITT}, {PP}", PRIMARY, estimates),
    ("F14.2.1.4", "Kaplan–Meier Plot of Progression-Free Survival", ITT, PRIMARY, kaplan_meier),
    ("F14.2.1.6", "Margin Plot of All Progression-Free Survival Analyses", f"{ITT}, {PP}", PRIMARY, margin_plot),
    ("T14.2.4.1", "Overall Survival", ITT, SECONDARY, estimates),
    ("T14.2.4.3", "Confirmed Objective Response", "Measurable-Disease Set", SECONDARY, estimates),
    ("T14.2.6.2", "Biomarkers: Prognostic and Predictive Effects", BM, MARKERS, estimates),
    ("F14.2.6.3", "Forest Plot of Treatment Effect by Biomarker", BM, MARKERS, marker_forest),
    ("T14.3.1.1", "Overview of Treatment-Emergent Adverse Events", SAF, EVENTS, estimates),
    ("T14.3.1.2", BY_CLASS, SAF, EVENTS, adverse_events),
    ("L16.2.6.1", "Individual Time-to-Event Data", ITT, RESPONSES, listing),
    ("L16.2.7.1", "Adverse Events", SAF, LISTED, listing),
)


def content(
    output: str,
    display: Display,
    title: str = "A Title",
    population: str = "Safety Set",
    section: str = "14.1 Section",
    **changes: Any,
) -> dict[str, Any]:
    """Display JSON of a display under an output number."""
    return display.to_dict(identity(output, title, population, section, **changes))


def catalogue() -> list[dict[str, Any]]:
    """Every output of the appendix."""
    return [
        content(output, make(), title, population, section) for output, title, population, section, make in CATALOGUE
    ]
