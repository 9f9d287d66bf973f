"""Mixed faults for minutes on end: what the transport must survive without leaving anything behind."""
