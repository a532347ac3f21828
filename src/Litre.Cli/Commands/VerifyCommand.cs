using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre verify</c>: proofs that this program computes what it should.</summary>
internal sealed class VerifyCommand : Command
{
    public VerifyCommand()
        : base("verify", "Proves that this program computes what the reference computed, and that a checkpoint is whole.")
    {
        Subcommands.Add(new VerifyAdaptersCommand());
        Subcommands.Add(new VerifyCheckpointCommand());
        Subcommands.Add(new VerifyReferenceCommand());
    }
}
