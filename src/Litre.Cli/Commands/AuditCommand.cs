using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre audit</c>: the audit log of this machine.</summary>
internal sealed class AuditCommand : Command
{
    public AuditCommand()
        : base("audit", "Shows and verifies the audit log: who asked which adapter when, and which data went into which run.")
    {
        Add(new AuditShowCommand());
        Add(new AuditVerifyCommand());
    }
}
