"""What runs the workshop: the `course` command, doctor, notebook runner, slides, site, and the instructor's room."""
