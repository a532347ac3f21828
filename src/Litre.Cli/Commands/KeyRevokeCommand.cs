using System.CommandLine;
using Litre.Access.Audit;
using Litre.Access.Keys;
using Litre.Cli.Errors;

namespace Litre.Cli.Commands;

/// <summary><c>litre key revoke NAME</c>: removes a key.</summary>
internal sealed class KeyRevokeCommand : Command
{
    private readonly Argument<string> _name = new("NAME") { Description = "The name of the key." };

    public KeyRevokeCommand()
        : base("revoke", "Revokes an API key. Running servers refuse it from the next request on.")
    {
        Arguments.Add(_name);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        // Revoked even if the log cannot be written: a key that was stolen must not work until there is disk space.
        var key = KeyStore.Open().Revoke(parsed.GetValue(_name)!);
        Console.Out.WriteLine($"Revoked the key {key.Name}. Running servers refuse it from now on.");
        using var log = AuditLog.Open();
        log.Append(new KeyEntry(false, key.Id, key.Name, key.IsAdmin));
        return ExitCode.Success;
    }
}
