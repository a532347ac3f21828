using System.CommandLine;
using Litre.Cli.Completion;

namespace Litre.Cli.Commands;

/// <summary><c>litre completion bash|zsh</c>: prints the script with which a shell completes commands, options and values.</summary>
internal sealed class CompletionCommand : Command
{
    private readonly Argument<string> _shell = new("SHELL") { Description = "The shell: bash or zsh." };

    public CompletionCommand()
        : base("completion", "Prints the script with which bash or zsh completes commands, options and values.")
    {
        _shell.TakesOneOf("bash", "zsh");
        Arguments.Add(_shell);
        SetAction(parsed => Console.Out.Write(parsed.GetValue(_shell) == "zsh" ? CompletionScript.Zsh : CompletionScript.Bash));
    }
}
