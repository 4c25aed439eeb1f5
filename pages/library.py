"""Library: what `harec batch` made of many videos, to be searched."""

from dashboard.library import page
from dashboard.visitor import current_visitor

page.show(current_visitor())
