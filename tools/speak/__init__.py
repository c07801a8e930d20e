"""Makes data/speech with espeak-ng, a program that reads texts aloud: needed by maintainers only."""
