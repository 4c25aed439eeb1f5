"""What the pages are made of: everything that knows Streamlit and is longer than wiring."""
