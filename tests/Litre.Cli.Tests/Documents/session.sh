# Sourced before a document's commands: gives its user what the commands name. LITRE_SANDBOX/things has one of each kind.

provide() { # kind, path
  local things=$LITRE_SANDBOX/things
  [ -e "$2" ] && return
  mkdir -p "$(dirname -- "$2")"
  case $1 in
    model) cp -rs "$things/model" "$2" ;; # links to files, so that new ones are the copy's alone
    models)
      mkdir -p "$2"
      local name
      for name in $LITRE_MODELS; do cp -rs "$things/model" "$2/$name"; done
      ;;
    data) cp -r "$things/data" "$2" ;;
    image) cp "$things/data/images/000000.png" "$2" ;;
    images)
      mkdir -p "$2"
      cp "$things/data/images/000000.png" "$2/a.png"
      ;;
    run)
      # Made when the first document needs one.
      (
        flock 9
        [ -f "$things/run/recipe.yaml" ] ||
          PATH=$LITRE_PATH "$LITRE_DOTNET" "$LITRE_PROGRAM" tune --model "$things/model" --data "$things/data" --output "$things/run" --device cpu \
            --epochs 1 --eval none >"$things/run.log" 2>&1
      ) 9>"$things/run.lock"
      cp -r "$things/run" "$2"
      ;;
  esac
}
