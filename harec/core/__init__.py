"""What every room uses: skeleton, poses, geometry, files, threads, jobs, errors. Imports no other.

Its modules are imported by their own names.
"""
