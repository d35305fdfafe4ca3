#!/usr/bin/env fish
# complete.fish FILE: as complete.bash, for fish.
source $argv[1]
while read --line typed
    complete -C "$typed" | string split --fields 1 \t
    echo
end
