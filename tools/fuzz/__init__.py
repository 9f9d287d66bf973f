"""Coverage-guided fuzzing of the protocol package: any bytes give a value or a `ProtocolError`, in time and memory.

From a shell: ``python -m fuzz``. That needs `atheris`, which there is for Linux: the dependency group `fuzz` has it. An
ordinary test, which needs nothing, replays the inputs that were kept.
"""
