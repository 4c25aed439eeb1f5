"""How well ids stay with people: simulated scenes, HOTA and IDF1."""
