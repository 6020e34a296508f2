"""How people sign in: settings, allowances, where they may be sent, what they are written."""
