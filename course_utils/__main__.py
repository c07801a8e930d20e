"""`python -m course_utils ...` is the `course` command, also where the script isn't on the path."""

from course_utils.cli import main

main()
