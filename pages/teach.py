"""Teach: a visitor's own actions, from a few examples."""

from dashboard.teach import page
from dashboard.visitor import current_visitor

page.show(current_visitor())
