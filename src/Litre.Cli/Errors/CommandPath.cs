using System.CommandLine;

namespace Litre.Cli.Errors;

/// <summary>A command as the user types it, such as <c>litre data check</c>.</summary>
internal static class CommandPath
{
    public static string Of(Command command)
    {
        var path = new Stack<string>();
        for (Command? at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault())
            path.Push(at is RootCommand ? "litre" : at.Name);
        return string.Join(' ', path);
    }
}
