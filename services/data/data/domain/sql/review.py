"""Everything that can be said of migrations without a database."""

from collections.abc import Sequence

from data.domain.sql.allow import refused
from data.domain.sql.findings import Finding
from data.domain.sql.lint import lint
from data.domain.sql.parse import Migration


def review(migrations: Sequence[Migration]) -> list[Finding]:
    """What is wrong with the migrations, which must be all that the app has, in the order of the text."""
    found = list(dict.fromkeys((*refused(migrations), *lint(migrations))))
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.column))
