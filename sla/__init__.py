"""How fast the desk answers: working time, promises and their clocks."""
