"""The staff pages of the editor, by what people do on them."""
