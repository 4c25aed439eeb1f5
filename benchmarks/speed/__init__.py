"""How fast harec is: the cases of `python -m harec bench`, their processes, report and picture."""
