"""What a release of one of the distributions needs: its notes, and the proof that what is uploaded works."""
