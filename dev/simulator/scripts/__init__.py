"""Scripts: prepared answers, chosen by a marker such as [[script:type-error]] in the prompt."""
