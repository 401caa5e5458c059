"""Pictures: recognised, made anew in processes of their own, or kept as the files they are."""
