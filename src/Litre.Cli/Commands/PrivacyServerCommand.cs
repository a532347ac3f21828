using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Privacy.Trials;

namespace Litre.Cli.Commands;

/// <summary>The hidden command that starts a server, asks it and stops it (<see cref="ServerTrial"/>).</summary>
internal sealed class PrivacyServerCommand : Command
{
    public const string CommandName = "client";

    private readonly Argument<string> _image = new("IMAGE");
    private readonly Argument<string> _question = new("QUESTION");
    private readonly Argument<string[]> _words = new("COMMAND") { Arity = ArgumentArity.OneOrMore };

    public PrivacyServerCommand()
        : base(CommandName, "Starts a server, asks it and stops it; litre privacy starts it in a container.")
    {
        Hidden = true;
        Arguments.Add(_image);
        Arguments.Add(_question);
        Arguments.Add(_words);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var stop = new StopSignal();
        var answer = await ServerTrial.RunAsync(
            parsed.GetValue(_image)!,
            parsed.GetValue(_question)!,
            parsed.GetValue(_words)!,
            stop.Token
        );
        Console.Out.WriteLine($"The server answered: {answer}");
        return ExitCode.Success;
    }
}
