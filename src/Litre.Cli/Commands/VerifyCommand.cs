using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre verify</c>: verifies that this program computes what it should.</summary>
internal sealed class VerifyCommand : Command
{
    public VerifyCommand()
        : base("verify", "Verifies that this program computes the reference values, and that a checkpoint is intact.")
    {
        Subcommands.Add(new VerifyAdaptersCommand());
        Subcommands.Add(new VerifyCheckpointCommand());
        Subcommands.Add(new VerifyReferenceCommand());
    }
}
