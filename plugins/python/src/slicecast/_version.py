"""The version of this package, which is that of the programs it speaks to."""
VERSION = "0.1.0"
