"""Writing PDF without a typesetter: objects, fonts, lines, tags, bookmarks, metadata of PDF/A-2a and PDF/UA-1."""
