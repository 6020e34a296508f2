"""Public HTTP API and AI conversation loop of OverSkill."""
