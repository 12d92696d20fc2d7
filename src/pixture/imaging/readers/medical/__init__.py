"""Scans of patients: NIfTI, with Analyze and MGH; DICOM."""
