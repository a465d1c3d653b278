"""What hypothesis draws, one file or package a subject."""
