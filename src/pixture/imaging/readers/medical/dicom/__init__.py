"""DICOM: files, and folders of a series, as images and volumes."""
