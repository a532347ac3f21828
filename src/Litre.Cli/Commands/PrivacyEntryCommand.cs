using System.CommandLine;
using Litre.Privacy.Containment;

namespace Litre.Cli.Commands;

/// <summary>The hidden command that enters a container and becomes another command (<see cref="EntryStage"/>).</summary>
internal sealed class PrivacyEntryCommand : Command
{
    public const string CommandName = "enter";

    public PrivacyEntryCommand()
        : base(CommandName, "Enters a container; litre privacy starts it.")
    {
        Hidden = true;
        var mode = new Argument<string>("MODE");
        var channel = new Argument<string>("CHANNEL");
        var words = new Argument<string[]>("COMMAND") { Arity = ArgumentArity.OneOrMore };
        Arguments.Add(mode);
        Arguments.Add(channel);
        Arguments.Add(words);
        SetAction(parsed => EntryStage.Run(parsed.GetValue(mode)!, parsed.GetValue(channel)!, parsed.GetValue(words)!));
    }
}
