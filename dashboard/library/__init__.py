"""The page Library: what `harec batch` made, for all visitors, read-only.

Which libraries there are the server's owner says; a visitor chooses among their names.
"""
