"""Many videos: a folder or a bucket in, a library of Parquet files out, on Ray.

Each module says what it is for; the ways in are `harec.batch.driver.run_batch` and
`harec.batch.query.Library`. It needs ``pip install '.[batch]'``.
"""
