using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using Litre.Cli.Errors;

namespace Litre.Cli;

/// <summary>Prints <c>litre 0.1.0</c>, with the commit it was built from if that is known.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var full = typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        var parts = full.Split('+', 2);
        Console.WriteLine(parts.Length == 2 ? $"litre {parts[0]} ({parts[1][..Math.Min(12, parts[1].Length)]})" : $"litre {full}");
        return ExitCode.Success;
    }
}
