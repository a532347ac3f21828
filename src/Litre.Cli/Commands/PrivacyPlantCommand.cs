using System.CommandLine;
using Litre.Privacy.Trials;

namespace Litre.Cli.Commands;

/// <summary>The hidden command that attempts to leave the machine, for the trial of a container (<see cref="PlantedAttempts"/>).</summary>
internal sealed class PrivacyPlantCommand : Command
{
    public const string CommandName = "plant";

    public PrivacyPlantCommand()
        : base(CommandName, "Attempts to leave the machine; litre privacy starts it in a container.")
    {
        Hidden = true;
        var file = new Argument<string>("FILE");
        Arguments.Add(file);
        SetAction(parsed => PlantedAttempts.Make(parsed.GetValue(file)!));
    }
}
