using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre key</c>: the keys of this machine's servers.</summary>
internal sealed class KeyCommand : Command
{
    public KeyCommand()
        : base("key", "Creates, lists and revokes the API keys of this machine's servers.")
    {
        Add(new KeyListCommand());
        Add(new KeyNewCommand());
        Add(new KeyRevokeCommand());
    }
}
