"""One reader for each kind of document. A reader takes an open file and yields pieces; it raises ``Fault``."""
