"""Names of templates, which become Git refs, directories and URLs."""

import re

_TEMPLATE = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,62}", re.ASCII)


def is_template_name(text: str) -> bool:
    return _TEMPLATE.fullmatch(text) is not None
