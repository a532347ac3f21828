using System.CommandLine;
using Litre.Cli.Completion;

namespace Litre.Cli.Commands;

/// <summary><c>litre completion bash|zsh</c>: what the shell loads to complete commands, options and values.</summary>
internal sealed class CompletionCommand : Command
{
    private readonly Argument<string> _shell = new("SHELL") { Description = "bash or zsh." };

    public CompletionCommand()
        : base("completion", "Prints what bash or zsh loads to complete commands, options and values with Tab.")
    {
        _shell.TakesOneOf("bash", "zsh");
        Arguments.Add(_shell);
        SetAction(parsed => Console.Out.Write(parsed.GetValue(_shell) == "zsh" ? CompletionScript.Zsh : CompletionScript.Bash));
    }
}
