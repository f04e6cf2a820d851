# Completions of cipc, cipctl and cipd. Commands, options and their values are read from the programs' own --help when they
# are asked for, so they are those of the installed version. Names of interfaces are what `cipctl status` shows.

# _cip_help PROGRAM [WORD]...: the help of a command; of the longest beginning of its words that has one.
_cip_help() {
  while ! "$@" --help </dev/null 2>/dev/null; do
    if (($# == 1)); then
      return
    fi
    set -- "${@:1:$#-1}"
  done
}

# The column of commands of a program's help; then, for `switch failover|restore`, the words of the usage line.
_cip_commands() {
  sed -nE '/^example:/q;s/^  ([a-z]+)( .*)?$/\1/p'
}
_cip_alternatives() {
  sed -nE '/^usage: /{s/^usage: [a-z]+ [a-z]+ ([a-z]+(\|[a-z]+)+) .*/\1/p;q}' | tr '|' '\n'
}

# The table of options, and what the usage line alone has.
_cip_options() {
  grep -E '^(usage:|  -)' | sed -E 's/^(  (-[a-z] \[ )?--[a-z-]+).*/\1/' | grep -oE -- '--[a-z][a-z-]*'
}

# _cip_value OPTION: how the help calls the option's value: DIR, text|json, nothing.
_cip_value() {
  case $1 in
    --*) sed -nE "s/^  (-[a-z] \[ )?$1( \])? ([A-Z]+|[a-z]+(\|[a-z]+)+)( .*)?\$/\3/p" ;;
    *) sed -nE "s/^  $1 \[ --[a-z-]+ \] ([A-Z]+|[a-z]+(\|[a-z]+)+)( .*)?\$/\1/p" ;;
  esac
}

_cip_takes_value() {
  local text
  text=$(cat)
  [[ -n $(_cip_value "$1" <<<"$text") ]] || grep -qE -- "^usage: .*$1 [A-Z]" <<<"$text"
}

# _cip_complete KIND WORD: what a value of that kind can be.
_cip_complete() {
  case $1 in
    *\|*) mapfile -t COMPREPLY < <(compgen -W "${1//|/ }" -- "$2") ;;
    DIR)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$2")
      ;;
    FILE | OLD | PATH)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$2")
      ;;
    CODE) mapfile -t COMPREPLY < <(compgen -W "$(cipc explain 2>/dev/null | sed -nE 's/^([EW][0-9]+) .*/\1/p')" -- "$2") ;;
    CLIM | INTERFACE) mapfile -t COMPREPLY < <(compgen -W "$(_cip_interfaces)" -- "$2") ;;
  esac
}
_cip_interfaces() {
  cipctl status </dev/null 2>/dev/null | sed -nE 's/^([A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+) .*/\1/p'
}

_cip() {
  local program=$1 word=$2 option=$3 help value
  local -a words=()
  COMPREPLY=()
  # `=` is a word of its own here: --format = json.
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  # Words of the command line up to here that are no options and no values of options. Options before the command stand
  # in the usage line alone.
  local i each before=''
  help=$(_cip_help "$program")
  for ((i = 1; i < COMP_CWORD; i++)); do
    each=${COMP_WORDS[i]}
    if [[ $each == = ]]; then
      continue
    fi
    if [[ $each != -* ]] && { [[ $before != -* ]] || ! _cip_takes_value "$before" <<<"$help"; }; then
      words+=("$each")
      if ((${#words[@]} <= 2)); then
        help=$(_cip_help "$program" "${words[@]}")
      fi
    fi
    before=$each
  done

  if [[ $option == -* ]]; then
    value=$(_cip_value "$option" <<<"$help")
    if [[ -n $value ]]; then
      _cip_complete "$value" "$word"
      return
    fi
  fi
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_cip_options <<<"$help")" -- "$word")
    return
  fi
  if ((${#words[@]} == 0)); then
    mapfile -t COMPREPLY < <(compgen -W "$(_cip_commands <<<"$help")" -- "$word")
    return
  fi
  value=$(_cip_alternatives <<<"$help")
  if ((${#words[@]} == 1)) && [[ -n $value ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    return
  fi
  # What the usage line calls its first argument behind the options; cipd takes none.
  value=$(sed -nE '/^usage: /{s/\[OPTION\]\.\.\. //;s/^.* (\[?(FILE|INTERFACE|CLIM|CODE|OLD)).*$/\2/p;q}' <<<"$help")
  _cip_complete "$value" "$word"
}
complete -F _cip cipc cipctl cipd
