#!/usr/bin/env bash
# Starts a learner's server on the hub: puts the course into her folder, then becomes the command it was given.
# The course's files are links into the image, so that nothing is copied 300 times and a new image reaches everybody;
# my-work/ is hers. Fetched data are a link to the shared volume, which nobody can write to.
set -u
image="${COURSE_IMAGE:-/srv/course}"
shared="${COURSE_SHARED:-/srv/course-data}"
{
    mkdir -p "$COURSE_ROOT/my-work" "$COURSE_CACHE"
    for part in "$image"/*; do
        name="$(basename "$part")"
        [ "$name" = my-work ] || ln -sfn "$part" "$COURSE_ROOT/$name"
    done
    if [ -d "$shared/data" ] && [ ! -e "$COURSE_CACHE/data" ]; then
        ln -s "$shared/data" "$COURSE_CACHE/data"
    fi
    # A server without working copies is better than none: whatever fails here is told, and the server starts.
    (cd "$COURSE_ROOT" && python -m course_utils.workshop prepare) || echo "The working copies could not be made."
} > "$COURSE_ROOT.log" 2>&1
exec "$@"
