"""One module per library, imported only in its own process. Each defines `Peer`; see `base`."""
