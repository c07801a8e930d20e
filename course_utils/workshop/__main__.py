"""`python -m course_utils.workshop ...` is the `course` command, also where the script isn't on the path."""

from course_utils.workshop.cli import main

if __name__ == "__main__":
    main()
