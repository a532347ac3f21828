namespace Litre.Cli.Completion;

/// <summary>
/// Scripts with which a shell completes Litre's commands, options and values. They ask the program itself, so they always
/// agree with it; where the program suggests nothing, the shell completes paths.
/// </summary>
internal static class CompletionScript
{
    public const string Bash = """
        # Completion of litre for bash: in ~/.bashrc, `source <(litre completion bash)`.
        _litre() {
          local cur=$2 line=${COMP_LINE:0:COMP_POINT} found
          # The first word may be a path to the launcher; the program knows itself by its name.
          line="litre ${line#* }"
          found=$(LITRE_COMPLETING=1 "${COMP_WORDS[0]/#\~/$HOME}" "[suggest:${#line}]" "$line" 2>/dev/null) || found=
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$found" -- "$cur"))
        }
        complete -o default -o bashdefault -F _litre litre ./litre

        """;

    public const string Zsh = """
        #compdef litre
        # Completion of litre for zsh: in ~/.zshrc after compinit, `source <(litre completion zsh)`.
        _litre() {
          local line="litre ${(j: :)words[2,CURRENT-1]}"
          line="${line% } $PREFIX"
          local -a found
          found=("${(@f)$(LITRE_COMPLETING=1 ${~words[1]} "[suggest:${#line}]" "$line" 2>/dev/null)}")
          found=(${(M)found:#${PREFIX}?*})
          if (( ${#found} )); then compadd -Q -a found; else _files; fi
        }
        compdef _litre litre ./litre

        """;
}
