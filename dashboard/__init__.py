"""What the pages are made of: everything that uses Streamlit and is longer than wiring.

Each room uses only those below it: yoga, live, analyze, the sidebar, the player, the visitor,
server (jobs, files, downloads of the process). Only ``pages/`` and ``streamlit_app.py`` use all.
"""
