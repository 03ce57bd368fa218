"""Token ids of a few thousand strings, as open_clip's and transformers' tokenizers give them.

Run from anywhere: `python make.py`. Writes beside itself:

    bpe_simple_vocab_16e6.txt.gz   the merge table, copied from the installed open_clip package
    strings.json                   [{"text", "ids"}]: start (49406), tokens, end (49407), cut at 77, no padding
    mojibake.json                  the same for strings that ftfy repairs as mis-decoded text
    hf/vocab.json, hf/merges.txt   CLIP's first 1000 merges as a Hugging Face tokenizer
    hf/expected.json               [{"text", "ids"}] of that tokenizer, start and end included
"""

import json
import random
import shutil
import unicodedata
from pathlib import Path

import ftfy
import open_clip.tokenizer
from transformers import CLIPTokenizerFast

HERE = Path(__file__).resolve().parent
SEED = 5
REPAIRS = {"encode", "decode", "transcode", "decode_inconsistent_utf8", "fix_c1_controls", "restore_byte_a0",
           "replace_lossy_sequences"}

REFERENCE = [
    "", "a", "hello world!", "a photo of a cat", "a photo of a dog.", "A   photo\tof\na  DOG", "itap of a {}.",
    "don't you'll I'm we've they're he'd it's", "DON'T", "12345", "3.14 km/h", "na\u00efve caf\u00e9",
    "\u65e5\u672c\u8a9e", "\U0001f600", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\ufb01ne",
    "\u201csmart quotes\u201d \u2014 dash\u2026", "&amp;lt;b&amp;gt; &#39;x&#39;", "sch\u00c3\u00b6n",
    "<start_of_text> cat <end_of_text>", "<|startoftext|> a <|endoftext|>", "x" * 100, "e\u0301", "\u0130stanbul",
    "\u00df STRASSE", "\u00a0nbsp\u200bzw", "foo_bar-baz", "C++ & C#", "\u00bd \u00b2 \u2460",
    "\u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac \u03a3\u0391\u03a3", "\u041f\u0440\u0438\u0432\u0435\u0442",
    "\u0645\u0631\u062d\u0628\u0627", "\u0000\u001b[31mred", "tiger shark, Galeocerdo cuvieri", "golden retriever",
    "n01440764", "\uff41\uff42\uff43 \uff11\uff12\uff13", "'s", "''s", "l'\u00e9t\u00e9", "it\u2019s", "cat " * 100,
    "a photo of a banana",
]

SPECIAL = [
    " ", "\n", "\t\r\n ", "\u2028line\u2029paragraph", "one\rtwo\r\nthree", "tab\tnew\nline\u0085next", "a\u000bb\u000cc",
    "zero\u200bwidth\u200cjoin\u200der", "\ufeffbom", "soft\u00adhyphen", "left\u200emark\u200fright", "\u202aembed\u202c",
    "bell\u0007 back\u0008", "del\u007f", "\u001b[1;32mgreen\u001b[0m text", "nul\u0000nul", "\ufffd", "\ufff9note\ufffb",
    "&amp;", "&lt;tag&gt;", "&nbsp;x", "&eacute;t&eacute;", "&#233;", "&#xe9;", "&#x1F600;", "&unknown;", "AT&T", "&amp;amp;",
    "<b>&amp;</b>", "&lt;b&gt; <i>", "&quot;quoted&quot;", "&copy; 2024", "&NotEqualTilde;", "&amp &lt &copy",
    "&#128;", "&#0;", "&#x110000;", "&#39", "&AMP;", "&Eacute;", "&EACUTE;", "&half;", "&hearts;",
    "\u2018single\u2019", "\u201adown\u2019", "\u201edouble\u201c", "\u201freversed\u201d", "\u2039angle\u203a",
    "\u00abguillemets\u00bb", "\u2032prime\u2033", "`back`", "\u02bcmodifier", "\u00b4acute",
    "\ufb00 \ufb01 \ufb02 \ufb03 \ufb04 \ufb05 \ufb06", "\u0132sselmeer \u0133", "\u01c7 \u01c8 \u01c9 \u01ca \u01cb \u01cc",
    "\u01f1 \u01f2 \u01f3 \u01c4 \u01c5 \u01c6", "\u00e6sir \u0153uvre \u00c6 \u0152",
    "\uff28\uff45\uff4c\uff4c\uff4f\uff01", "\u3000wide\u3000space", "\uff71\uff72\uff73", "\uffe5\uffe0", "\uff08x\uff09\uff5e",
    "\u03a3", "\u03a3\u03a3", "\u0391\u03a3.", "\u0391\u03a3\u0301", "\u0391\u03a3x", "\u0391.\u03a3", "\u039f\u0394\u039f\u03a3 \u03a3\u039f\u03a6\u0399\u0391\u03a3!",
    "\u0391\u00b7\u03a3", "\u0391'\u03a3'", "\u0391\u00ad\u03a3", "1\u03a3", "\u03a3\u0391",
    "I\u0307", "\u0130", "\u0131", "\u1e9e", "\u017f", "\u212a \u212b \u2126", "\u01c5", "\u1fbc", "\u10a0\u10d0", "\u13a0\uab70", "\u2c2f\ua64a",
    "A\u030a", "\u1100\u1161\u11a8", "n\u0303o", "\u0958", "\u0344", "q\u0307\u0323", "q\u0323\u0307", "\u1e9b\u0323",
    "\u0e01\u0e33 \u0e19\u0e49\u0e33", "\u0915\u094d\u0937", "\u0bb8\u0bcd\u0bb0\u0bc0", "\u0644\u0627", "\u0661\u0662\u0663", "\u0967\u0968",
    "\u2160\u2161\u2167", "\u2170", "\u3007\u4e00\u4e8c", "\u00b9\u00b2\u00b3", "\u2074\u2080", "\u2153", "\u2776",
    "\U0001d400\U0001d401", "\U0001d7d8", "\U0001f1eb\U0001f1f7", "\U0001f44d\U0001f3fd", "\u2764\ufe0f", "\u0031\ufe0f\u20e3",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\U00020000\U0002a6d6", "\U00010400\U00010428",
    "don\u2019t can\u2019t I\u2019LL", "'S 'T 'RE 'VE 'M 'LL 'D", "'sa", "'tis", "rock'n'roll", "o'clock", "y'all'd've", "''", "'",
    "'\u017f", "it'\u017f", "l\u2019\u0178", "...", "!!!", "?!?!", "--", "---", "$100.00", "50%", "1,000,000", "#hashtag @user",
    "https://example.org/path?x=1&y=2", "name@example.org", "C:\\dir\\file", "/usr/lib", "snake_case camelCase kebab-case",
    "<start_of_text>", "<end_of_text>", "x<end_of_text>y<start_of_text>z", "<START_OF_TEXT>", "< start_of_text >",
    "<end_of_text", "{}", "a {} of {}", "[brackets] (parens) {braces}", "~`^|\\", "\u20ac\u00a3\u00a5\u00a2", "x" * 40 + "y" * 40,
    "antidisestablishmentarianism", "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", "0" * 90, "!" * 90,
    "the " * 75, "the " * 76, "the " * 74 + "end", "\u65e5\u672c\u8a9e" * 30, "\U0001f600" * 90, "a\u0301" * 50,
]

MOJIBAKE = [
    "sch\u00c3\u00b6n", "caf\u00c3\u00a9", "\u00e2\u20ac\u0153quoted\u00e2\u20ac\u009d", "it\u00e2\u20ac\u2122s",
    "\u00d0\u0178\u00d1\u20ac\u00d0\u00b8\u00d0\u00b2\u00d0\u00b5\u00d1\u201a", "na\u00c3\u00afve", "\u0093quoted\u0094",
    "voil\u00c3 ", "\u00f0\u0178\u02dc\u20ac", "l\u00e2\u20ac\u2122\u00c3\u00a9t\u00c3\u00a9",
]

OBJECTS = """airplane automobile bird cat deer dog frog horse ship truck;apple pie;baby back ribs;goldfish;great white shark;
tiger shark;hammerhead shark;electric ray;stingray;rooster;hen;ostrich;brambling;house finch;junco;indigo bunting;American robin;
bulbul;jay;magpie;chickadee;American dipper;kite (bird of prey);bald eagle;vulture;great grey owl;fire salamander;smooth newt;
axolotl;American bullfrog;tree frog;loggerhead sea turtle;mud turtle;terrapin;box turtle;banded gecko;green iguana;Carolina anole;
Komodo dragon;Nile crocodile;triceratops;worm snake;ring-necked snake;king cobra;scorpion;yellow garden spider;barn spider;tick;
black grouse;ptarmigan;peafowl;quail;macaw;sulphur-crested cockatoo;lorikeet;coucal;bee eater;hornbill;hummingbird;toucan;duck;
red-breasted merganser;goose;black swan;tusker;platypus;koala;wombat;jellyfish;sea anemone;brain coral;flatworm;conch;snail;slug;
fiddler crab;American lobster;crayfish;white stork;flamingo;Chihuahua;Shih Tzu;Rhodesian Ridgeback;St. Bernard;Bouvier des Flandres dog;
Xoloitzcuintli;grey wolf;red fox;tabby cat;Siamese cat;cougar;lynx;leopard;polar bear;mongoose;ladybug;dung beetle;honey bee;monarch butterfly;
starfish;sea urchin;guinea pig;zebra;hippopotamus;llama;three-toed sloth;orangutan;giant panda;abacus;academic gown;aircraft carrier;
baby pacifier;ballpoint pen;Band-Aid;barbershop;bath towel;beer glass;bikini;bookcase;bow tie;CD player;cellphone;cocktail shaker;
coffeemaker;crash helmet;crutch;desktop computer;dial telephone;drumstick;electric guitar;espresso machine;fire truck;football helmet;
French horn;frying pan;gas mask or respirator;go-kart;golf ball;half-track;harmonica;hatchet;iPod;jack-o'-lantern;jeans;joystick;
knee pad;lab coat;lawn mower;letter opener;lighthouse;maze;T-shirt;missile;mobile home;Model T;moped;mortarboard;nail;Christmas stocking;
one-piece bathing suit;paddle wheel;Petri dish;pickup truck;plate rack;pool table;prayer rug;quilt;radio telescope;rain barrel;
RV;rotary dial telephone;rugby ball;saxophone;seat belt;sewing machine;ski mask;slot machine;snowplow;spatula;stopwatch;suspension bridge;
syringe;teddy bear;thatched roof;thimble;toaster;tow truck;trench coat;umbrella;unicycle;vacuum cleaner;viaduct;violin;volleyball;
washing machine;whistle;window shade;wok;yurt;website;comic book;crossword;traffic light;guacamole;trifle;ice cream;bagel;hot dog;
mashed potatoes;cabbage;butternut squash;Granny Smith apple;banana;jackfruit;cherimoya (custard apple);pomegranate;carbonara;pizza;
red wine;cup;eggnog;mountain;bubble;coral reef;geyser;volcano;baseball player;scuba diver;rapeseed;daisy;corn cob;toilet paper"""

TEMPLATES = [
    "a photo of a {}.", "a bad photo of the {}.", "a origami {}.", "a {} in a video game.", "itap of a {}.", "art of the {}.",
    "a photo of the large {}", "A Photo Of My {}!", "the embroidered {}.", "a jpeg corrupted photo of a {}.", "graffiti of {}s?",
]

SCRIPTS = {
    "latin": (0x41, 0x17f), "latin-extended": (0x180, 0x24f), "ipa": (0x250, 0x2af), "combining": (0x300, 0x36f), "greek": (0x370, 0x3ff),
    "cyrillic": (0x400, 0x52f), "armenian": (0x531, 0x58a), "hebrew": (0x591, 0x5f4), "arabic": (0x600, 0x6ff), "syriac": (0x700, 0x74f),
    "devanagari": (0x900, 0x97f), "bengali": (0x980, 0x9fe), "tamil": (0xb82, 0xbfa), "thai": (0xe01, 0xe5b), "tibetan": (0xf00, 0xfbc),
    "georgian": (0x10a0, 0x10ff), "hangul-parts": (0x1100, 0x11ff), "cherokee": (0x13a0, 0x13fd), "khmer": (0x1780, 0x17f9),
    "mongolian": (0x1800, 0x1878), "latin-additional": (0x1e00, 0x1eff), "greek-extended": (0x1f00, 0x1ffe), "punctuation": (0x2000, 0x206f),
    "currency": (0x20a0, 0x20bf), "letterlike": (0x2100, 0x214f), "numbers": (0x2150, 0x218b), "arrows": (0x2190, 0x21ff),
    "mathematics": (0x2200, 0x22ff), "enclosed": (0x2460, 0x24ff), "boxes": (0x2500, 0x25ff), "symbols": (0x2600, 0x27bf),
    "cjk-punctuation": (0x3000, 0x303f), "kana": (0x3041, 0x30ff), "cjk": (0x4e00, 0x9fff), "hangul": (0xac00, 0xd7a3),
    "presentation": (0xfb00, 0xfb4f), "arabic-forms": (0xfe70, 0xfefc), "half-and-full-width": (0xff01, 0xffee), "gothic": (0x10330, 0x1034a),
    "deseret": (0x10400, 0x1044f), "mathematical-letters": (0x1d400, 0x1d7ff), "emoji": (0x1f300, 0x1f64f), "transport": (0x1f680, 0x1f6ff),
    "ascii": (0x20, 0x7e), "latin-1": (0xa1, 0xff),
}

ASCII_WORDS = """the a of photo red blue green cat dog house tree car rocket running don't it's we'll I'm they've 42 3.14 2024
(small) "large" [tiny] hello, world! end. why? yes: no; half-and-half under_score A+B C# 100% $5 @home #tag x=y a/b UPPER MiXeD zzyzx""".split()


def unicode_strings(source):
    """Random strings of assigned characters: one script, or several mixed with ASCII words."""
    assigned = {name: [chr(code) for code in range(first, last + 1) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
                for name, (first, last) in SCRIPTS.items()}
    for letters in assigned.values():
        for _ in range(18):
            yield " ".join("".join(source.choices(letters, k=source.randint(1, 7))) for _ in range(source.randint(1, 4)))
    for _ in range(250):
        words = source.choices(ASCII_WORDS, k=source.randint(1, 5))
        words += ["".join(source.choices(assigned[source.choice(list(SCRIPTS))], k=source.randint(1, 4))) for _ in range(2)]
        source.shuffle(words)
        yield source.choice([" ", "  ", ""]).join(words)


def prompts(source):
    names = [name.strip() for name in OBJECTS.replace("\n", "").split(";")]
    for name in names:
        for template in source.sample(TEMPLATES, 3):
            yield template.replace("{}", name)
        yield source.choice([name, name.upper(), name.title(), f"  {name}  "])


def ascii_strings(source, count):
    for _ in range(count):
        yield source.choice([" ", " ", "", "\t", " - "]).join(source.choices(ASCII_WORDS, k=source.randint(1, 12)))


def is_repaired(text):
    """Whether ftfy takes the text for wrongly decoded bytes."""
    steps = ftfy.fix_and_explain(text).explanation or []
    return any(step.action in REPAIRS or step.parameter in REPAIRS for step in steps)


def expectations(tokenizer, texts):
    rows = []
    for text in dict.fromkeys(texts):
        ids = [tokenizer.sot_token_id, *tokenizer.encode(text), tokenizer.eot_token_id]
        if len(ids) > 77:
            ids = ids[:76] + [tokenizer.eot_token_id]
        assert tokenizer(text)[0, :len(ids)].tolist() == ids
        rows.append({"text": text, "ids": ids})
    return rows


def write_rows(path, rows):
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


def write_hf(tokenizer, source):
    folder = HERE / "hf"
    folder.mkdir(exist_ok=True)
    symbols = list(open_clip.tokenizer.bytes_to_unicode().values())
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.get)[:1000]
    entries = symbols + [symbol + "</w>" for symbol in symbols] + ["".join(merge) for merge in merges]
    entries += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({entry: index for index, entry in enumerate(entries)}) + "\n")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *(" ".join(merge) for merge in merges)]) + "\n")
    reader = CLIPTokenizerFast.from_pretrained(folder)
    texts = ["", *(text for text in REFERENCE if text.isascii() and text.isprintable())][:24] + list(ascii_strings(source, 40))
    write_rows(folder / "expected.json", [{"text": text, "ids": reader(text)["input_ids"]} for text in dict.fromkeys(texts)])


def main():
    source = random.Random(SEED)
    table = Path(open_clip.tokenizer.default_bpe())
    shutil.copyfile(table, HERE / table.name)
    tokenizer = open_clip.tokenizer.SimpleTokenizer()
    texts = [*REFERENCE, *SPECIAL, *prompts(source), *unicode_strings(source), *ascii_strings(source, 150)]
    write_rows(HERE / "strings.json", expectations(tokenizer, [text for text in texts if not is_repaired(text)]))
    write_rows(HERE / "mojibake.json", expectations(tokenizer, [text for text in MOJIBAKE if is_repaired(text)]))
    write_hf(tokenizer, source)


if __name__ == "__main__":
    main()
