"""The demonstration's own small vocabulary: CLIP's tokenizer with fewer merges.

`learn_merges` is byte-pair encoding (Sennrich et al. 2016) over whole words, with CLIP's byte symbols and
`</w>` at the end of a word. Ids: 0 ... 255 the byte symbols in CLIP's order, 256 ... 511 the same with `</w>`,
then the merges in rank order, then the start and the end token.
"""

import gzip
import tempfile
from collections import Counter
from pathlib import Path

from open_clip.tokenizer import SimpleTokenizer, bytes_to_unicode


def learn_merges(texts, count):
    """Up to `count` pairs "a b", most frequent first; equal counts in alphabetical order."""
    reader, symbol_of = SimpleTokenizer(), bytes_to_unicode()
    frequency = Counter(word for text in texts for word in reader.pat.findall(reader.clean_fn(text)))
    words = {}
    for word, occurrences in frequency.items():
        symbols = [symbol_of[byte] for byte in word.encode()]
        words[tuple(symbols[:-1] + [symbols[-1] + "</w>"])] = occurrences
    merges = []
    while len(merges) < count:
        pairs = Counter()
        for symbols, occurrences in words.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += occurrences
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(" ".join(best))
        words = {merged(symbols, best): occurrences for symbols, occurrences in words.items()}
    return merges


def merged(symbols, pair):
    result, index = [], 0
    while index < len(symbols):
        joined = symbols[index:index + 2] == pair
        result.append("".join(pair) if joined else symbols[index])
        index += 2 if joined else 1
    return tuple(result)


def tokenizer(merges, context_length):
    """open_clip's tokenizer over these merges."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "merges.txt.gz"
        table.write_bytes(gzip.compress("\n".join(["#version: 0.2", *merges]).encode()))
        return SimpleTokenizer(bpe_path=str(table), context_length=context_length)
