"""Names cut into words, and how well descriptions fit a query by them (BM25)."""

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence

_WORD = re.compile(r"[A-Z]{2,40}(?![a-z])|[A-Z]?[a-z]{1,40}|\d{1,40}|[^\W\d_]{1,40}")
_NAME = re.compile(r"[^\W_][\w]{0,80}")
_K1, _B = 1.2, 0.6
_PREFIX, _ENDING = 0.6, 0.5
"""What a word counts that only begins with the one asked for, and one that it begins with."""
_LEAST_PREFIX, _LEAST_STEM, _LONGEST_ENDING = 3, 4, 4
_MAX_COMPLETIONS = 50


def words_of(text: str) -> list[str]:
    """The words of a text or name, small and in the singular; whole names of several words are words too."""
    found = []
    for name in _NAME.findall(text):
        words = [_singular(word.lower()) for word in _WORD.findall(name)]
        found += words
        if len(words) > 1:
            found.append("".join(words))
    return found


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class Ranking:
    """Documents, each by how often it has which words, found by words."""

    def __init__(self, documents: Sequence[Mapping[str, float]]) -> None:
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._lengths = [sum(document.values()) for document in documents]
        for number, document in enumerate(documents):
            for word, weight in document.items():
                self._postings[word].append((number, weight))
        self._vocabulary = sorted(self._postings)
        self._average = sum(self._lengths) / len(documents) if documents else 1.0

    def scores(self, words: Sequence[str]) -> dict[int, float]:
        """How well each document fits that has any of the words."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in dict.fromkeys(words):
            weights: dict[int, float] = {}
            for variant, share in self._variants(word).items():
                for number, weight in self._postings[variant]:
                    weights[number] = max(weights.get(number, 0.0), share * weight)
            rarity = idf(len(weights), len(self._lengths))
            for number, weight in weights.items():
                scores[number] += rarity * saturated(weight, self._lengths[number] / self._average)
        return scores

    def _variants(self, word: str) -> dict[str, float]:
        """The known words that the word may mean, with what they count."""
        found = {}
        for length in range(max(_LEAST_STEM, len(word) - _LONGEST_ENDING), len(word)):
            if word[:length] in self._postings:
                found[word[:length]] = _ENDING
        if len(word) >= _LEAST_PREFIX:
            start = bisect_left(self._vocabulary, word)
            for known in self._vocabulary[start : start + _MAX_COMPLETIONS]:
                if known.startswith(word):
                    found[known] = _PREFIX
        if word in self._postings:
            found[word] = 1.0
        return found


def idf(having: int, of: int) -> float:
    """How telling it is to have what so many have."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def saturated(frequency: float, relative_length: float) -> float:
    """What it counts to have a word so often; `relative_length` is that of the document to the average."""
    return frequency * (_K1 + 1) / (frequency + _K1 * (1 - _B + _B * relative_length))
