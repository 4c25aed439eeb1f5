"""The parts of the Teach page: examples from clips and the webcam, cards, report, packs."""
