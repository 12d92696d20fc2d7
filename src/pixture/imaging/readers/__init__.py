"""One small module a family of file formats, loaded when first needed."""
