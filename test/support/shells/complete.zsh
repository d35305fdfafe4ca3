#!/usr/bin/env zsh
# complete.zsh FILE: as complete.bash, for zsh, which completes at a terminal alone. The zsh at that terminal tells what
# it would offer through a pipe, and puts an empty line behind it.
zmodload zsh/zpty
folder=$(mktemp -d)
trap 'rm -rf $folder' EXIT
mkfifo $folder/offers
cat > $folder/setup <<'SETUP'
PROMPT= RPROMPT=
# A list that is longer than the screen would be asked for first.
unsetopt autolist
autoload -Uz compinit
compinit -u -D
bindkey -e
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a __offers
  builtin compadd -A __offers "$@"
  (( $#__offers )) && print -rl -u $offers -- $__offers
  builtin compadd "$@"
}
SETUP
cat >> $folder/setup <<SETUP
source ${(q)1}
exec {offers}> $folder/offers
tell_the_end() { print -u \$offers; comppostfuncs=(tell_the_end) }
comppostfuncs=(tell_the_end)
print -u \$offers
SETUP
zpty terminal zsh -f -i
zpty -w terminal "source $folder/setup"
exec {offers}< $folder/offers
read -u $offers
while IFS= read -r typed; do
  zpty -w -n terminal $'\C-u'$typed$'\t'
  while IFS= read -r -u $offers offer && [[ -n $offer ]]; do print -r -- $offer; done
  print
done
