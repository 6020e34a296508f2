"""Starts and supervises everything OverSkill consists of on one machine."""
