using System.CommandLine;
using Litre.Access.Audit;
using Litre.Access.Keys;
using Litre.Cli.Errors;

namespace Litre.Cli.Commands;

/// <summary><c>litre key new NAME</c>: creates a key and prints it once.</summary>
internal sealed class KeyNewCommand : Command
{
    private readonly Argument<string> _name = new("NAME")
    {
        Description = "The name of the key: letters, digits, dots, underscores, hyphens.",
    };
    private readonly Option<bool> _admin = new("--admin") { Description = "The key may also load and unload adapters." };

    public KeyNewCommand()
        : base("new", "Creates an API key and prints it. It is shown only once: Litre keeps a hash of it.")
    {
        Arguments.Add(_name);
        Options.Add(_admin);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var store = KeyStore.Open();
        // Opened before there is a key, so that no key is created that the log could not record.
        using var log = AuditLog.Open();
        var created = store.Create(parsed.GetValue(_name)!, parsed.GetValue(_admin));
        try
        {
            log.Append(new KeyEntry(true, created.Key.Id, created.Key.Name, created.Key.IsAdmin));
        }
        catch
        {
            store.Revoke(created.Key.Name);
            throw;
        }
        Console.Error.WriteLine(
            $"Created the {(created.Key.IsAdmin ? "admin key" : "key")} {created.Key.Name}. Keep it now: it is not shown again."
        );
        Console.Out.WriteLine(created.Secret);
        return ExitCode.Success;
    }
}
