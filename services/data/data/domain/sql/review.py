"""Everything that can be said of migrations without a database."""

from collections.abc import Sequence

from data.domain.sql.allow import refused
from data.domain.sql.findings import Finding, Level
from data.domain.sql.lint import lint
from data.domain.sql.parse import Migration

# More than anybody reads, or than fits into a conversation.
_MOST = 100


def review(migrations: Sequence[Migration]) -> list[Finding]:
    """What is wrong with the migrations, which must be all that the app has, in the order of the text.

    Of very many, errors before warnings.
    """
    found = list(dict.fromkeys((*refused(migrations), *lint(migrations))))
    found.sort(key=lambda finding: finding.level is not Level.ERROR)
    return sorted(found[:_MOST], key=lambda finding: (finding.file, finding.line, finding.column))
