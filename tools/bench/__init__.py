"""Measures transport and clients against a real broker, beside a bare socket and the Java client.

On a shared machine times vary by a factor of two within a minute, so that only ratios mean something, and those only
between things that ran in turns: one process, short blocks of each side, the order reversed every time, the median of
the blocks' ratios. The processor time of each call stands beside them; where the broker is the limit, nothing else
shows what a client costs. From a shell::

    PYTHONPATH=tools python -m bench run sync-transport
    PYTHONPATH=tools python -m bench table
"""
