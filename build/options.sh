# Sourced by finetune.sh: checks its options before anything is installed or written. Needs $root and fail.

# The options of `litre tune`, one a line: name, kind, and "check" if `litre data check` has it too. A test compares it with the program.
options=$root/build/tune-options.txt
# Names of options in other tools. A release keeps them next to this file.
foreign=$root/build/foreign-names.txt
[ -f "$foreign" ] || foreign=$root/src/Litre.Training/Tuning/foreign-names.txt

option_kind() {
  awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' "$options"
}

# Whether `litre data check` has the option too.
is_for_check() {
  grep -q "^$1 [a-z]* check\$" "$options"
}

# One line about an argument that is not an option, with the most likely intention.
unknown_option() {
  local meant=''
  if [[ $1 == -* ]]; then
    meant=$(nearest_option "$1")
    if [ -n "$meant" ]; then echo "there is no option '$1'; did you mean $meant?"; else echo "there is no option '$1'; ./litre tune --help lists them"; fi
  elif [ -f "$1/config.json" ]; then
    echo "'$1' is not an option; did you mean --model $1?"
  elif [ -e "$1" ]; then
    echo "'$1' is not an option; did you mean --data $1?"
  else
    echo "'$1' is not an option; see bash finetune.sh --help"
  fi
}

# The option that has this name in another tool, or the one with the fewest letters different.
nearest_option() {
  awk -v given="$1" '
    function least(a, b) { return a < b ? a : b }
    function distance(a, b,   i, j, d, cost) {
      for (i = 0; i <= length(a); i++) d[i, 0] = i
      for (j = 0; j <= length(b); j++) d[0, j] = j
      for (i = 1; i <= length(a); i++)
        for (j = 1; j <= length(b); j++) {
          cost = substr(a, i, 1) != substr(b, j, 1)
          d[i, j] = least(least(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + cost)
          if (i > 1 && j > 1 && substr(a, i, 1) == substr(b, j - 1, 1) && substr(a, i - 1, 1) == substr(b, j, 1))
            d[i, j] = least(d[i, j], d[i - 2, j - 2] + 1)
        }
      return d[length(a), length(b)]
    }
    BEGIN { sub(/^-+/, "", given); gsub(/_/, "-", given); given = tolower(given); most = length(given) > 7 ? 3 : length(given) > 4 ? 2 : 1 }
    /^#/ { next }
    FNR == NR { known[substr($1, 3)] = 1; next }
    $1 == given { for (i = 2; i <= NF; i++) if (!(given in known) && !meant && $i in known) meant = $i }
    END {
      if (given in known) meant = given
      if (!meant) {
        best = most + 1
        for (name in known) {
          if (length(given) > 2 && index(name, given "-") == 1) { meant = name; break }
          d = distance(given, name)
          if (d < best || (d == best && name < meant)) { best = d; meant = name }
        }
      }
      if (meant) print "--" meant
    }' "$options" "$foreign"
}

is_model() {
  [ -f "$1/config.json" ] && { [ -f "$1/model.safetensors" ] || [ -f "$1/model.safetensors.index.json" ]; }
}

# Refuses a --model that is something else. The program checks more, once it is built.
check_model() {
  if is_model "$data" && ! is_model "$model"; then
    fail "--model $model and --data $data are swapped: $data is a model; use --model $data --data $model"
  elif [ -f "$model/adapter_config.json" ] && ! [ -f "$model/config.json" ]; then
    fail "--model $model: is an adapter, not a model; give the model that it was trained on"
  elif [ -f "$model/recipe.yaml" ] && ! [ -f "$model/config.json" ]; then
    fail "--model $model: is the folder of a run, not a model; continue it with --resume --output $model, or give the model that it tuned"
  elif [ -d "$model" ]; then
    [ -f "$model/config.json" ] || [ -d "$model/snapshots" ] || [ -n "$(find "$model/" -maxdepth 1 -name 'models--*' -print -quit)" ] ||
      fail "--model $model: has no config.json; give the folder of a Qwen3-VL model as published on the hub"
  elif [[ $model == *.gguf ]]; then
    fail "--model $model: is a GGUF file, for llama.cpp; tuning needs the published safetensors: ./litre model get Qwen/Qwen3-VL-8B-Instruct downloads such a model"
  elif [ -f "$model" ]; then
    fail "--model $model: is a file; give the folder of a Qwen3-VL model as published on the hub"
  elif [[ $model =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*$ && ! -d ${model%%/*} || $model =~ ^Qwen[0-9A-Za-z_.-]*$ ]]; then
    fail "--model $model: no such folder; if this is the name of a model on the hub, download it with ./litre model get $model and give its folder"
  else
    fail "--model $model: no such folder; give the folder of a Qwen3-VL model as published on the hub"
  fi
}
