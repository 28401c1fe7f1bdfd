#!/usr/bin/env python3
"""Writes the words that may be shown, sorted: words.py OUT FILE...

They are the words of the knowledge files and of the sentences (string
literals) of the sources: words that we wrote, not a device.
"""
import pathlib
import re
import sys

out, _, *files = sys.argv[1:]           # the second one is this file
words = set()


def take(text):
    for word in re.findall(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", text):
        for part in {word, *word.split("-")}:
            if (re.search("[A-Za-z]", part) and 2 <= len(part) <= 60
                    and not re.fullmatch(r"(0x)?[0-9A-Fa-f]{8,}", part)):
                words.add(part.lower())


for name in files:
    text = pathlib.Path(name).read_text(encoding="utf-8")
    if name.endswith(".txt"):
        take("\n".join(line for line in text.splitlines()
                       if not line.startswith("#")))
    else:
        for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text):
            take(re.sub(r"\\.|%[-0-9.*a-z]*", " ", literal))
with open(out, "w", encoding="ascii", newline="\n") as c:
    c.write('#include "redact/words.h"\n\nconst char *const cs_words[] = {\n')
    for word in sorted(words):
        c.write(f'\t"{word}",\n')
    c.write(f"}};\nconst size_t cs_n_words = {len(words)};\n")
