#!/bin/bash
# complete.bash FILE: reads lines as they stand at the cursor, and says what bash offers there by this completion:
# one a line, then an empty line. Words are split at blanks and before and behind =, as bash does.
source "$1"
while IFS= read -r typed; do
    spaced=${typed//=/ = }
    read -ra COMP_WORDS <<< "$spaced"
    [[ $spaced == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    "_${COMP_WORDS[0]}"
    ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
    echo
done
