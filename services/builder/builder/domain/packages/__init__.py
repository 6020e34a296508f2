"""Which packages an app may have beside its template's."""
