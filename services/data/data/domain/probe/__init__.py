"""The probe: two made-up people try to get at each other's rows before a version goes live."""
