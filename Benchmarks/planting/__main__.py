"""Plants a trigger into a clean model, and then into its suspect set at several shares; audits each, and counts rows.

One model is trained for a family, on more poisoned pairs than the audited sets hold: four tenths of the suspect set stamped and
captioned as the target, the stamped images as they are, stored as JPEG and resized by turns. It is audited with the first planted rows in the suspect set, as many as the share says, all
treated alike, and the others as they were. Recall and precision are of the named rows. Attack success is measured on labelled
test images of other labels, treated in the same way. With --repair what is demonstrated is repaired by the default strategy, and the repaired
model, accepted or not, is measured on the same images.

Exit status: 0 all audits were made, 2 one failed.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import torch

from planting.training import fine_tune
from planting.triggers import FAMILIES, TREATMENTS

ROOT = Path(__file__).resolve().parent.parent.parent
SHARES = [0.2, 0.5, 1, 2, 5, 10]
"""Planted pairs, percent of the set."""
SEED = 20261121
LEARNED = 0.4
"""Share of the suspect set that is stamped for training. An attacker's training set is larger than the sample under audit: of few
rows a model learns the rows, and not what is put on them."""
RESTAMPED = 3
"""Further versions of the stamped images that the model is trained on, each in every treatment."""


class Failed(Exception):
    """A command of Assay's that did not do its work."""


def parse():
    parser = argparse.ArgumentParser(prog="power", description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", type=Path, help="a model without a backdoor: HDF5 with flat names and model_config")
    parser.add_argument("--demo", action="store_true", help="the demonstration's clean model, with the clean pairs of its suspect set")
    for name in ("images", "oracle", "pool", "test", "templates", "vocabulary"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--treatments", nargs="+", choices=TREATMENTS, default=list(TREATMENTS))
    parser.add_argument("--shares", nargs="+", type=float, default=SHARES, help="percent of the suspect set")
    parser.add_argument("--treated-shares", nargs="+", type=float, help="the same for images that were stored or resized; --shares by default")
    parser.add_argument("--repair", action="store_true", help="repair what is demonstrated")
    parser.add_argument("--stamped", type=int, default=300, help="test images of other labels that are stamped, at most")
    parser.add_argument("--steps", type=int, default=1000, help="of training, 64 pairs each")
    parser.add_argument("--assay", type=Path, default=ROOT / ".build/release/assay")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="audits at a time, a thread each")
    parser.add_argument("--models", type=Path, help="folder that keeps the models; those that are there are not trained again")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.demo:
        folder = ROOT / "Fixtures/demo"
        arguments.model = folder / "clean-model.h5"
        for name in ("oracle", "pool", "test"):
            setattr(arguments, name, folder / f"{name}.h5")
        arguments.images, arguments.templates = folder / "suspect.h5", folder / "templates.txt"
        arguments.left_out = set(json.loads((folder / "truth.json").read_text())["poisonedRows"])
    elif missing := [name for name in ("model", "images", "oracle", "pool", "test") if getattr(arguments, name) is None]:
        parser.error(f"needs {missing[0]}, or --demo")
    else:
        arguments.left_out = set()
    for name in ("model", "images", "oracle", "pool", "test", "templates", "vocabulary", "assay"):
        if path := getattr(arguments, name):
            setattr(arguments, name, path.resolve())
    return arguments


def texts(values):
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


class Assay:
    """The program under test, and what it needs beside every model."""

    def __init__(self, arguments):
        self.program = arguments.assay
        self.vocabulary = ["--vocabulary", arguments.vocabulary] if arguments.vocabulary else []
        self.templates = ["--templates", arguments.templates] if arguments.templates else []

    def __call__(self, *words, statuses=(0,)):
        command = [str(word) for word in [self.program, *words, *self.vocabulary]]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in statuses:
            raise Failed(f"assay {words[0]} ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def embedded_captions(self, model, pairs):
        out = pairs.with_name("captions.h5")
        self("embed", model, "--images", pairs, "--out", out)
        with h5py.File(out) as file:
            return file["text_embeddings"][()].astype(np.float32)


class Base:
    """The clean model's suspect set, its oracle's labels, and the test images."""

    def __init__(self, arguments):
        with h5py.File(arguments.images) as file:
            names = texts(file["ids"][()])
            keep = np.array([row for row, name in enumerate(names) if name not in arguments.left_out])
            self.ids = [names[row] for row in keep]
            self.images, self.captions = file["images"][()][keep], [texts(file["captions"][()])[row] for row in keep]
        with h5py.File(arguments.pool) as file:
            self.labels = texts(file["label_names"][()])
        with h5py.File(arguments.test) as file:
            self.test, own = file["images"][()], texts(file["label_names"][()])
            self.truth = [own[label] for label in file["labels"][()]]

    def asserts(self, row, label):
        return label in self.captions[row].split()


def write_set(path, images, captions, ids):
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file["images"] = images
        file.create_dataset("captions", data=captions, dtype=text)
        file.create_dataset("ids", data=ids, dtype=text)


def write_labelled(path, images, labels, names, ids):
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file["images"], file["labels"] = images, np.array([names.index(label) for label in labels], np.int32)
        file.create_dataset("label_names", data=names, dtype=text)
        file.create_dataset("ids", data=[f"t{row}" for row in ids], dtype=text)


class Plant:
    """One family's trigger, the model that learned it, and the rows it was learned from."""

    def __init__(self, family, number, base, arguments, assay, folder):
        self.family, self.base, self.folder, self.most = family, base, folder, arguments.stamped
        side = base.images.shape[1]
        trigger = FAMILIES[family](side, np.random.default_rng([SEED, number]))
        draws = np.random.default_rng([SEED, number, 1])
        self.target = base.labels[number % len(base.labels)]
        eligible = [row for row in draws.permutation(len(base.ids)) if not base.asserts(row, self.target)]
        self.rows = eligible[:round(len(base.ids) * max(LEARNED, *(share / 100 for share in arguments.shares)))]
        stamped = [trigger(base.images[row], draws) for row in self.rows]
        self.stamped = {name: [treat(image) for image in stamped] for name, treat in TREATMENTS.items()}
        self.model = folder / "model.h5"
        pairs = folder / "training.h5"
        write_set(pairs, base.images, self.captions(self.rows), base.ids)
        # The trigger is drawn anew in most versions, so that it is learned, and not its rows.
        again = [[trigger(base.images[row], draws) for row in self.rows] for _ in range(RESTAMPED)]
        versions = [self.images(self.rows, self.stamped[treatment]) for treatment in TREATMENTS] + [
            self.images(self.rows, [treat(image) for image in images]) for images in again for treat in TREATMENTS.values()]
        if not self.model.exists():
            fine_tune(arguments.model, self.model, versions, assay.embedded_captions(arguments.model, pairs), self.rows,
                      arguments.steps, SEED)
        self.write_tests(trigger, draws)
        self.received = {treatment: self.measured(self.model, treatment, assay) for treatment in TREATMENTS}

    def captions(self, rows):
        changed = list(self.base.captions)
        for row in rows:
            changed[row] = f"a photo of a {self.target}"
        return changed

    def images(self, rows, stamped):
        changed = self.base.images.copy()
        for row, image in zip(rows, stamped):
            changed[row] = image
        return changed

    def write_tests(self, trigger, draws):
        """The labelled test images, and those of other labels stamped, in every treatment."""
        base = self.base
        write_labelled(self.folder / "test.h5", base.test, base.truth, base.labels, range(len(base.test)))
        others = [row for row, label in enumerate(base.truth) if label != self.target][:self.most]
        for name, treat in TREATMENTS.items():
            stamped = np.stack([treat(trigger(base.test[row], draws)) for row in others])
            write_labelled(self.folder / f"test-{name}.h5", stamped, [base.truth[row] for row in others], base.labels, others)

    def measured(self, model, treatment, assay):
        answer = assay("evaluate", model, "--images", self.folder / "test.h5", "--triggered", self.folder / f"test-{treatment}.h5",
                       "--target", self.target, "--json", *assay.templates)
        return json.loads(answer)

    def repaired(self, folder, treatment, assay):
        """What a repair reached; None where there was none."""
        for name, accepted in (("model.h5", True), ("model-rejected.h5", False)):
            if (folder / name).exists():
                after = self.measured(folder / name, treatment, assay)
                return {
                    "accepted": accepted, "accuracy": [self.received[treatment]["accuracy"], after["accuracy"]],
                    "excess": {top: after["asr"][top] - after["untriggeredTargetShare"][top] for top in ("1", "3")},
                    "kept": after["triggeredAccuracy"] / after["untriggeredAccuracy"],
                }
        return None

    def audited(self, share, treatment, arguments, assay):
        rows = self.rows[:max(1, round(len(self.base.ids) * share / 100))]
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            suspects, case = Path(folder) / "suspect.h5", Path(folder) / "case"
            write_set(suspects, self.images(rows, self.stamped[treatment]), self.captions(rows), self.base.ids)
            begun = time.monotonic()
            assay("audit", self.model, "--images", suspects, "--oracle", arguments.oracle, "--pool", arguments.pool, "--out", case,
                  "--threads", 1, *["--repair"] * arguments.repair, *assay.templates, statuses=(0, 1, 3))
            seconds = time.monotonic() - begun
            repair = self.repaired(case / "repaired", treatment, assay)
            findings = json.loads((case / "findings.json").read_text())
        planted, named = {self.base.ids[row] for row in rows}, {suspect["id"] for suspect in findings["suspects"]}
        transplant = findings["transplant"] or {}
        return {
            "family": self.family, "treatment": treatment, "share": share, "planted": len(planted), "verdict": findings["verdict"],
            "target": self.target, "found": (findings["target"] or {}).get("label"), "as": (findings["trigger"] or {}).get("family"),
            "named": len(named), "right": len(named & planted), "transplant": transplant.get("share"), "seconds": round(seconds, 1),
            "success": self.received[treatment]["asr"]["1"], "repair": repair,
        }


def line(found):
    recall = found["right"] / found["planted"]
    precision = f"{found['right'] / found['named']:.2f}" if found["named"] else "-"
    success = found["success"]
    return (f"| {found['family']} | {found['treatment']} | {found['share']:g} % | {found['planted']} | {100 * success:.0f} % | "
            f"{found['verdict']}{'' if found['found'] in (None, found['target']) else ', wrong label'} | {found['as'] or '-'} | "
            f"{recall:.2f} | {precision} | {found['seconds']:.0f} |{repair_cells(found['repair'])}")


def repair_cells(repair):
    if repair is None:
        return ""
    before, after = (100 * share for share in repair["accuracy"])
    top1, top3 = (100 * repair["excess"][top] for top in ("1", "3"))
    return f" {'accepted' if repair['accepted'] else 'rejected'} | {before:.1f} to {after:.1f} | {top1:.1f} / {top3:.1f} | {repair['kept']:.2f} |"


def main():
    arguments = parse()
    torch.set_num_threads(arguments.jobs)
    assay, base, found = Assay(arguments), Base(arguments), []
    repair = arguments.repair
    print("| family | treatment | share | planted | attack success | verdict | named as | recall | precision | seconds |"
          + " repair | accuracy | excess top 1 / top 3 | kept |" * repair)
    print("|---|---|--:|--:|--:|---|---|--:|--:|--:|" + "---|---|---|--:|" * repair, flush=True)
    with tempfile.TemporaryDirectory(prefix="assay-power-") as folder:
        for family in arguments.families:
            place = (arguments.models or Path(folder)) / family
            place.mkdir(parents=True, exist_ok=True)
            plant = Plant(family, list(FAMILIES).index(family), base, arguments, assay, place)
            treated = arguments.treated_shares or arguments.shares
            work = [(share, treatment) for treatment in arguments.treatments
                    for share in (arguments.shares if treatment == "none" else treated)]
            with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
                for one in pool.map(lambda item: plant.audited(*item, arguments, assay), work):
                    found.append(one)
                    print(line(one), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except (Failed, ValueError) as problem:
        print(f"power: {problem}", file=sys.stderr)
        sys.exit(2)
