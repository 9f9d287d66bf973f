"""The conformance cases, played through the public clients instead of over the wire.

A step of a case that sends a request becomes the public call that sends the same request, and the typed result or error
of that call becomes the answer that the step judges. What no public call can send is told with a reason.
"""
