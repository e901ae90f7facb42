"""Writes Caas.Core/Search/folding.txt: what each character becomes before it is searched. Needs Python 3 alone; run again only to take in a newer Unicode.

A character's compatibility decomposition (NFKD, UAX #15) without the marks that are accents, case-folded, with letters that have a stroke or are two letters spelled plainly.
Hangul syllables and voiced kana stay whole. Left out: what lower-casing alone does.
"""
import pathlib
import unicodedata

PLAIN = {'ø': 'o', 'đ': 'd', 'ð': 'd', 'ł': 'l', 'æ': 'ae', 'œ': 'oe', 'þ': 'th', 'ħ': 'h', 'ŧ': 't', 'ı': 'i', 'ƒ': 'f', 'ŋ': 'n', 'ĸ': 'k', 'ʼ': '\''}
ACCENTS = [(0x300, 0x36F), (0x483, 0x487), (0x591, 0x5BD), (0x5BF, 0x5BF), (0x5C1, 0x5C2), (0x5C4, 0x5C5), (0x5C7, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670),
           (0x6D6, 0x6DC), (0x6DF, 0x6E4), (0x6E7, 0x6E8), (0x6EA, 0x6ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F)]


def accent(c):
    return any(a <= ord(c) <= b for a, b in ACCENTS)


def fold(c):
    if unicodedata.name(c, '').startswith(('HIRAGANA', 'KATAKANA', 'HALFWIDTH', 'HANGUL')) or 0x3300 <= ord(c) <= 0x33FF or 0x3130 <= ord(c) <= 0x318F:
        text = unicodedata.normalize('NFKC', c)
        return text if len(text) == 1 else c if 0xAC00 <= ord(c) <= 0xD7A3 else text
    text = unicodedata.normalize('NFKD', unicodedata.normalize('NFKD', c).casefold())
    text = ''.join(PLAIN.get(x, x) for x in text if not accent(x))
    return unicodedata.normalize('NFKD', text)


lines = []
for code in range(0x80, 0x110000):
    c = chr(code)
    if 0xD800 <= code <= 0xDFFF or 0xAC00 <= code <= 0xD7A3 or unicodedata.category(c) in ('Cn', 'Co', 'Cc', 'Cf'):
        continue
    folded = ''.join(x for x in fold(c) if not x.isspace())
    if folded != c.lower() or len(c.lower()) > 1:
        lines.append(f'{code:04X} {folded}'.rstrip())

target = pathlib.Path(__file__).parent.parent / 'Caas.Core' / 'Search' / 'folding.txt'
target.write_text('\n'.join([f'# Written by eng/folding.py from Unicode {unicodedata.unidata_version}: code point, what it becomes.', *lines]) + '\n', encoding='utf-8')
