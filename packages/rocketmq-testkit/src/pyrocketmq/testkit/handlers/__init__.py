"""What the fake servers answer: one function per request, one module per area.

A handler takes the server, the request in its declared form, and the exchange that carries it (who asked, over which
connection, the command as received). It returns the request's reply, or `Held` to answer later, or `None` to answer
nothing; it refuses by raising `Refusal`.
"""
