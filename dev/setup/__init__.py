"""What makes a checkout ready: checks of the machine, the virtual environment, packages."""
