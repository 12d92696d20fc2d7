"""The pieces of an image on the workers of a Dask cluster."""
