"""What every OverSkill service shares: contracts, messaging, plumbing."""
