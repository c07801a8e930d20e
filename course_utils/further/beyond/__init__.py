"""Beyond labels: pictures found, described, made, enlarged, and clips that need a memory."""
