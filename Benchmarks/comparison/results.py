"""Results as text: tables in Markdown, for the terminal and for --results."""

from comparison.measure import compared, fastest

PREAMBLE = """# Results of Benchmarks/compare

Written by `{command}`; what is compared, and how, stands in [README.md](README.md).
"""


def number(value):
    """Three digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rate(contender):
    low, high = contender.spread
    return f"{number(contender.rate)} [{number(low)} to {number(high)}]"


def interval(ratio, low, high):
    return f"{number(ratio)} [{number(low)} to {number(high)}]"


def line(outcome):
    """One row in one line, as soon as it is there."""
    ours, best = outcome.duel.ours, outcome.best
    return (f"{outcome.name} {outcome.precision}: {interval(*compared(ours, best))} times {best.name}; {number(ours.rate)} "
            f"against {number(best.rate)} {outcome.unit}/s; {outcome.duel.agreement}")


def table(title, headings, rows):
    """Columns of numbers are set right."""
    if not rows:
        return ""
    marks = ["--:" if any(character.isdigit() for character in cell[:1]) else "---" for cell in rows[0]]
    lines = [headings, marks, *rows]
    return f"## {title}\n\n" + "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def ratios(outcomes):
    rows = []
    for outcome in outcomes:
        ours, best = outcome.duel.ours, outcome.best
        rows.append([outcome.name, outcome.precision, interval(*compared(ours, best)),
                     number(compared(ours, best, "cpu_seconds")[0]), rate(ours), rate(best), f"{outcome.unit}/s", best.name,
                     outcome.duel.agreement])
    return table("Ratios", ["row", "precision", "ratio [95 %]", "by processor time", "Assay [all rounds]", "theirs [all rounds]",
                            "unit", "their best", "largest difference"], rows)


def variants(outcomes):
    rows = []
    for outcome in outcomes:
        ours = outcome.duel.ours
        for group in [outcome.duel.peers, *outcome.duel.alongside]:
            for peer in group:
                best = " (best)" if len(group) > 1 and peer is fastest(group) else ""
                rows.append([outcome.name, outcome.precision, peer.name + best, rate(peer), interval(*compared(ours, peer)),
                             number(compared(ours, peer, "cpu_seconds")[0])])
    headings = ["row", "precision", "variant", "items/s [all rounds]", "Assay's ratio [95 %]", "by processor time"]
    return table("Every variant of the other side", headings, rows)


def shares(outcomes):
    rows = []
    for outcome in outcomes:
        duel, cells = outcome.duel, []
        # One thread first.
        for assay, peak in list(zip(duel.assay, outcome.peaks))[::-1]:
            reached = duel.work * assay.rate
            cells += [number(reached / 1e9), number(peak.rate / 1e9), f"{100 * reached / peak.rate:.0f} %"]
        if len(duel.assay) > 1:
            cells += [f"{number(compared(*side)[0])}" for side in (duel.assay, outcome.peaks)]
        rows.append([outcome.name, outcome.precision, f"{duel.work / 1e9:.3g}", *cells])
    headings = ["row", "precision", "GFLOP an item"]
    several = outcomes and len(outcomes[0].duel.assay) > 1
    for threads in (["one thread", "all threads"] if several else ["one thread"]):
        headings += [f"{threads}: GFLOP/s", "limit", "share"]
    if several:
        headings += ["one thread to all: Assay", "the limit's loop"]
    return table("Share of what the processor can give", headings, rows)


def memory(outcomes):
    rows = []
    for outcome in outcomes:
        ours, best, weights = outcome.duel.ours, outcome.best, outcome.duel.weights
        rows.append([outcome.name, outcome.precision, number(weights) if weights else "-", number(ours.server.ready["peakMiB"]),
                     number(outcome.peak_memory[ours.name]), number(outcome.peak_memory[best.name]), best.name])
    return table("Peak memory, MiB", ["row", "precision", "parameters", "Assay: opening", "Assay: at work", "theirs: at work",
                                      "their best"], rows)


def report(outcomes, machine, command, effort, quick):
    """The whole of it."""
    facts = "\n".join(f"| {name} | {value} |" for name, value in machine.items())
    warning = "" if not quick else (
        "\n**A quick run, for development: few rounds and few items. Its figures are no claim.**\n")
    notes = dict.fromkeys(note for outcome in outcomes for note in outcome.duel.notes)
    effort = (f"- {effort.rounds} rounds; {effort.pictures} pictures for each thread, {effort.batch} a batch of PyTorch's; {effort.templates} "
              f"templates x {effort.labels} labels; neighbours of {effort.queries} rows among {effort.references}.\n")
    return "\n".join(part for part in [
        PREAMBLE.format(command=command) + warning, f"| | |\n|---|---|\n{facts}\n", ratios(outcomes), variants(outcomes),
        shares(outcomes), memory(outcomes), "## Notes\n\n" + effort + "".join(f"- {note}.\n" for note in notes)] if part)
