"""The report as one HTML page: no scripts, no resources from elsewhere, readable on a phone."""

from __future__ import annotations

from html import escape

from deeppose.data.doctor.report import Case, Finding, Gallery, JointCount, Report

LEVELS = {"wrong": "wrong", "look": "look at", "know": "know of", "fine": "fine", "skip": "no data"}
"""Levels in the order of the page, and the word on each one's chip."""

CASES = 50
"""Cases listed of each finding; the JSON has all."""

_STYLE = """
:root { --ink: #1b1f24; --soft: #5a6472; --line: #dfe3e8; --paper: #fff; --back: #f5f6f8; --bar: #4c78a8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --soft: #a0a8b4; --line: #383e46; --paper: #1f2329; --back: #16191d; --bar: #7ba6d6; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--back); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
details, .box { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; margin: .4rem 0;
  padding: .6rem .8rem; }
summary { cursor: pointer; display: flex; gap: .7rem; align-items: baseline; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::after { content: "+"; color: var(--soft); }
details[open] > summary::after { content: "\\2013"; }
summary b { flex: 1; font-weight: 600; }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.number small { display: block; color: var(--soft); line-height: 1.2; }
.chip { flex: none; width: 4.6rem; text-align: center; font-size: .75rem; border-radius: 1rem; padding: .1rem 0;
  color: #fff; }
.wrong { background: #b3261e; } .look { background: #9a5b00; } .know { background: #3f6b8f; }
.fine { background: #2e7d32; } .skip { background: #757575; }
@media (max-width: 34rem) {
  summary { display: grid; grid-template-columns: auto 1fr auto; gap: .2rem .6rem; }
  summary b { grid-column: 1 / -1; grid-row: 2; }
  .number small { display: inline; margin-left: .3em; }
}
ul { margin: .5rem 0; padding-left: 1.1rem; font-size: .875rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; }
th, td { padding: .15rem .4rem .15rem 0; overflow-wrap: normal; }
td:nth-child(n + 2), th:nth-child(n + 2) { text-align: right; font-variant-numeric: tabular-nums; }
td.bar { width: 30%; text-align: left; }
.bar span { display: block; height: .7rem; border-radius: .2rem; background: var(--bar); }
.shots { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.8rem, 1fr)); gap: .6rem; }
figure { margin: 0; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
figure img { display: block; width: 100%; height: 12rem; object-fit: contain; background: #808080; }
figcaption { font-size: .8rem; line-height: 1.3; padding: .35rem .5rem; }
.key i { display: inline-block; width: .8em; height: .8em; border-radius: 50%; border: 1px solid #888; }
"""


def render(report: Report) -> str:
    """The whole page."""
    title = f"What is wrong with {report.name}"
    found = [f for level in ("wrong", "look", "know") for f in report.findings if f.level == level]
    rest = [f for level in ("fine", "skip") for f in report.findings if f.level == level]
    body = (
        f"<h1>{escape(title)}</h1>{_summary(report)}"
        f"<h2>Found</h2>{''.join(map(_finding, found)) or '<p class=box>Nothing.</p>'}"
        f"<h2>Checked, nothing found</h2>{''.join(map(_finding, rest)) or '<p class=box>None.</p>'}"
        f"{''.join(map(_gallery, report.galleries))}"
        f"<h2>Labels of each joint</h2>{_joints(report)}"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _summary(report: Report) -> str:
    splits = "; ".join(
        f"{escape(name)}: {n['people']:,} people in {n['pictures']:,} pictures"
        for name, n in report.splits.items()
    )
    sides = {
        "PC": "Left and right are the person's own (person-centric, PC).",
        "OC": "Left and right as for someone facing the camera (observer-centric, OC).",
    }
    counts = {level: sum(f.level == level for f in report.findings) for level in LEVELS}
    return (
        f'<p>{splits}. <span class="soft">{sides[report.labels]}</span></p>'
        f'<p class="soft small">{counts["wrong"]} kind{"s" * (counts["wrong"] != 1)} of certain mistakes, '
        f"{counts['look']} worth a look, {counts['know']} to know of, {counts['fine']} checks without a finding, "
        f"{counts['skip']} with nothing to check. "
        "A line opens to its rule and its cases.</p>"
    )


def _finding(found: Finding) -> str:
    total = f"<small>of {found.total:,} {escape(found.unit)}</small>" if found.total else ""
    number = f"{found.count:,}" if found.total else "\u2013"
    return (
        f'<details><summary><span class="chip {found.level}">{LEVELS[found.level]}</span>'
        f'<b>{escape(found.title)}</b><span class="number">{number}{total}</span></summary>'
        f'<p class="soft small">{escape(found.why)}</p>{_cases(found.cases)}</details>'
    )


def _cases(cases: tuple[Case, ...]) -> str:
    if not cases:
        return ""
    rows = "".join(f"<li>{escape(case.where)}: {escape(case.what)}</li>" for case in cases[:CASES])
    rest = f"<li>and {len(cases) - CASES:,} more, all of them in the JSON</li>" if len(cases) > CASES else ""
    return f"<ul>{rows}{rest}</ul>"


def _gallery(gallery: Gallery) -> str:
    shots = "".join(
        f'<figure><img src="{shot.uri}" alt="{escape(shot.caption)}"><figcaption>{escape(shot.caption)}</figcaption>'
        "</figure>"
        for shot in gallery.shots
    )
    sides = (
        '<span class="key"><i style="background:#ff8c00"></i> labelled left '
        '<i style="background:#1e90ff"></i> labelled right <i style="background:#fff"></i> neither; '
        "hollow: occluded</span>"
    )
    why = f'<p class="soft small">{escape(gallery.why)} {sides}</p>' if gallery.why else ""
    return f'<h2>{escape(gallery.title)}</h2>{why}<div class="shots">{shots}</div>'


def _joints(report: Report) -> str:
    people = sum(split["people"] for split in report.splits.values())
    rows = "".join(_joint(joint, people) for joint in report.joints)
    head = "<tr><th>joint</th><th>labelled</th><th>occluded</th><th></th></tr>"
    return f'<div class="box"><table>{head}{rows}</table></div>'


def _joint(joint: JointCount, people: int) -> str:
    return (
        f"<tr><td>{escape(joint.joint.replace('_', ' '))}</td><td>{joint.labelled:,}</td>"
        f"<td>{joint.labelled - joint.visible:,}</td>"
        f'<td class="bar"><span style="width:{joint.labelled / max(people, 1):.1%}"></span></td></tr>'
    )
