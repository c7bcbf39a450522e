"""What people type, checked. Forms validate and never save; the actions decide whether it may be done."""
