"""What the rows share: how much is done, models and inputs, and how each side is started."""

import gc
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import open_clip
import torch
from models import SEED, SIDE, open_clip_view, pictures, random_model, write_checkpoint
from open_clip.zero_shot_metadata import IMAGENET_CLASSNAMES, OPENAI_IMAGENET_TEMPLATES

from comparison import work
from comparison.measure import Contender
from comparison.servers import Failed, Server, peer


class Disagreement(Exception):
    """The outputs of two sides differ by more than rounding."""


@dataclass(frozen=True)
class Effort:
    """How much is done."""
    rounds: int
    pictures: int
    """For each thread: Assay's threads take several at a time."""
    batch: int
    """Pictures in a batch of PyTorch's."""
    labels: int
    templates: int
    sampled: int
    """Labels whose prompts PyTorch embeds, a batch each."""
    dump: int
    references: int
    queries: int
    """Rows of the dump that are searched for in a round."""
    peak_seconds: float


FULL = Effort(rounds=11, pictures=32, batch=32, labels=100, templates=80, sampled=2, dump=1_000_000, references=16_384,
              queries=20_000, peak_seconds=0.5)
QUICK = Effort(rounds=3, pictures=16, batch=16, labels=20, templates=10, sampled=1, dump=20_000, references=16_384,
               queries=1_000, peak_seconds=0.2)
BYTES = {"f32": 4, "bf16": 2}
COMPILED = ("compile", "max-autotune")
"""Variants of PyTorch that need a C++ compiler."""


@dataclass(frozen=True)
class Model:
    """A model of random weights on disk, and what its towers need."""
    name: str
    checkpoint: Path
    parameters: int
    image_work: float
    prompt_work: float
    training_work: float
    """Of a pair: once forward and, for weights and inputs, twice back."""


class Workplace:
    """A folder, and the two sides at work in it."""

    def __init__(self, folder, assay, effort, threads, limit):
        self.folder, self.assay, self.effort, self.threads, self.limit = folder, assay, effort, threads, limit
        self.models = {}
        self.count = effort.pictures * threads
        self.images = None
        self.dump = None
        self.labels = list(IMAGENET_CLASSNAMES[:effort.labels])
        step = len(OPENAI_IMAGENET_TEMPLATES) // effort.templates
        self.templates = [template("{}") for template in OPENAI_IMAGENET_TEMPLATES[::step]]

    # Inputs

    def model(self, name, form):
        """Made at the first call, and kept on disk alone."""
        if name not in self.models:
            folder = self.folder / name
            folder.mkdir()
            model = random_model(name, torch.Generator().manual_seed(SEED))
            tokenizer = open_clip.get_tokenizer(name)
            tokens = tokenizer([prompt for label in self.labels for prompt in self.prompts(label)])
            self.models[name] = Model(
                name, write_checkpoint(folder, name, model.state_dict(), form),
                sum(value.numel() for value in model.parameters()), work.image(model), work.prompts(model, tokens),
                3 * (work.image(model) + work.captions(model, tokenizer(self.captions()))))
            del model
            gc.collect()
        return self.models[name]

    def prompts(self, label):
        return [template.replace("{}", label) for template in self.templates]

    def captions(self):
        """A batch's, of about ten tokens each, no two the same."""
        return [f"a small photo of the {label} number {place}" for place, label in
                enumerate((self.labels * self.effort.batch)[:self.effort.batch])]

    def pairs(self, model):
        """A batch of pictures and captions: the set and the lines for Assay, tensors for PyTorch."""
        images, batches = self.pictures()
        path = self.folder / f"{model.name}-pairs.pt"
        tokens = open_clip.get_tokenizer(model.name)(self.captions())
        torch.save([torch.load(batches)[0][:self.effort.batch].clone(), tokens], path)
        return images, self.lines("captions.txt", self.captions()), path

    def sampled_labels(self):
        """Evenly spaced over all labels."""
        return [i * len(self.labels) // self.effort.sampled for i in range(self.effort.sampled)]

    def pictures(self):
        """The same pictures as an HDF5 set of bytes, and as PyTorch's normalized batches."""
        if not self.images:
            found = pictures([(SIDE, SIDE)] * self.count, torch.Generator().manual_seed(SEED))
            with h5py.File(self.folder / "pictures.h5", "w") as file:
                file["images"] = np.stack([np.asarray(picture) for picture in found])
            batches = torch.stack([open_clip_view(picture) for picture in found]).split(self.effort.batch)
            torch.save([batch.clone() for batch in batches], self.folder / "pictures.pt")
            self.images = self.folder / "pictures.h5", self.folder / "pictures.pt"
        return self.images

    def tokens(self, model, cut):
        """The sampled labels' prompts, a batch a label: at all positions, or cut to each batch's longest."""
        batches = [open_clip.get_tokenizer(model.name)(self.prompts(self.labels[i])) for i in self.sampled_labels()]
        if cut:
            batches = [batch[:, :int(batch.argmax(1).max()) + 1].clone() for batch in batches]
        path = self.folder / f"{model.name}-{'cut' if cut else 'whole'}.pt"
        torch.save(batches, path)
        return path

    def lines(self, name, texts):
        """A text file of one line each, named as the servers see it from the workplace."""
        (self.folder / name).write_text("\n".join(texts) + "\n")
        return name

    def embeddings(self):
        """Rows like an embedding dump's, half precision: clusters within a narrow cone, and some rows twice. The file, the
        queries of a round and the references, which are rows of the same kind."""
        if not self.dump:
            effort, width, generator = self.effort, 512, np.random.default_rng(SEED)
            cone = generator.normal(size=width) * 1.2
            clusters = cone + generator.normal(size=(2000, width))

            def rows(count):
                found = clusters[generator.integers(len(clusters), size=count)] + 0.7 * generator.normal(size=(count, width))
                found /= np.linalg.norm(found, axis=1, keepdims=True)
                again = count // 100
                found[-again:] = found[:again]
                return found.astype(np.float16)

            references = rows(effort.references)
            with h5py.File(self.folder / "dump.h5", "w") as file:
                stored = file.create_dataset("image_embeddings", (effort.dump, width), np.float16, chunks=(1024, width))
                for start in range(0, effort.dump, 10_000):
                    stored[start:start + 10_000] = rows(min(10_000, effort.dump - start))
                queries = stored[:effort.queries]
                file["references"] = references
            np.save(self.folder / "queries.npy", queries)
            np.save(self.folder / "references.npy", references)
            self.dump = queries, references
        return self.dump

    # Sides

    def assay_contenders(self, stack, command, items, *options):
        """Assay on all threads and, where they are several, on one."""
        found = []
        for threads in sorted({self.threads, 1}, reverse=True):
            server = Server([self.assay, "--threads", threads, *options], self.folder, self.limit)
            name = "Assay" if threads == self.threads else "Assay, one thread"
            found.append(Contender(name, stack.enter_context(server), command, items))
        return found

    def assay_model(self, model, precision):
        vocabulary = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
        return ["--model", model.checkpoint, "--vocabulary", vocabulary, "--precision", precision]

    def peaks(self, stack, kind):
        """The loop of multiply-adds, counted in operations."""
        return self.assay_contenders(stack, f"peak {kind} {self.effort.peak_seconds}", 1)

    def peers(self, stack, module, variants, items, *options, suffix=""):
        """A contender for each variant that can run, and what is to be said of the others."""
        found, notes = [], []
        for variant in variants:
            try:
                if variant in COMPILED and not shutil.which(os.environ.get("CXX", "g++")):
                    raise Failed("needs a C++ compiler, and there is none")
                command = peer(module, *options, "--variant", variant, "--threads", self.threads)
                server = stack.enter_context(Server(command, self.folder, self.limit))
            except Failed as problem:
                notes.append(f"{variant}{suffix} was not run: it {problem}")
                continue
            found.append(Contender(variant + suffix, server, "run", items))
        return found, notes
