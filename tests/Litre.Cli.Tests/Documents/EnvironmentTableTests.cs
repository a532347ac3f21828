using System.Reflection;
using System.Text.RegularExpressions;
using Litre.Cli.Tests.Architecture;
using Litre.Core;

namespace Litre.Cli.Tests.Documents;

/// <summary>The tables of docs/environment.md and what the source reads are the same.</summary>
public sealed partial class EnvironmentTableTests
{
    private const string Page = "docs/environment.md";
    private const string Reader = "src/Litre.Core/HostEnvironment.cs";

    // Ways to a variable's value: a file of src that has none of them reads none.
    private static readonly string[] Accesses = ["HostEnvironment.", ".Variable(", "Func<string, string?> variable"];

    private static readonly Dictionary<string, string> Table = Row()
        .Matches(SourceTree.Read(Page))
        .ToDictionary(row => row.Groups["name"].Value, row => row.Groups["files"].Value);

    [Fact]
    public void Table_EveryConstantOfHostEnvironment_HasARow()
    {
        var constants = typeof(HostEnvironment)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!)
            .ToList();
        Assert.NotEmpty(constants);
        Rule.Unbroken(constants.Where(name => !Table.ContainsKey(name)).Select(name => $"{name} has no row in {Page}"));
    }

    [Fact]
    public void Table_EveryVariableOfLitre_IsAConstantOrTheLaunchersOwn() =>
        Rule.Unbroken(
            Table
                .Keys.Where(name => name.StartsWith("LITRE_", StringComparison.Ordinal))
                .Where(name =>
                    !SourceTree.Read(Reader).Contains($"\"{name}\"", StringComparison.Ordinal)
                    && !SourceTree.Read("litre").Contains($"${{{name}:-", StringComparison.Ordinal)
                )
        );

    [Fact]
    public void Source_EnvironmentVariables_AreReadInOneFile() =>
        Rule.Unbroken(
            SourceTree.SourceFiles.Where(file =>
                file.StartsWith("src/", StringComparison.Ordinal)
                && file != Reader
                && SourceTree.Read(file).Contains("GetEnvironmentVariable", StringComparison.Ordinal)
            )
        );

    [Fact]
    public void Source_EveryVariableThatIsRead_HasARow()
    {
        var read = (
            from file in SourceTree.SourceFiles
            where file.StartsWith("src/", StringComparison.Ordinal)
            let text = SourceTree.Read(file)
            where Accesses.Any(access => text.Contains(access, StringComparison.Ordinal))
            from literal in Literal().Matches(text)
            select (file, Name: literal.Groups[1].Value)
        ).ToList();
        Assert.Contains(read, r => r.Name == "HF_TOKEN");
        Rule.Unbroken(read.Where(r => !Table.ContainsKey(r.Name)).Select(r => $"{r.file} reads {r.Name}, which has no row in {Page}"));
    }

    [Fact]
    public void Scripts_EveryVariableWithADefault_HasARow()
    {
        var read = SourceTree
            .Files.Where(file =>
                !file.StartsWith("tests/", StringComparison.Ordinal)
                && (file.EndsWith(".sh", StringComparison.Ordinal) || file is "litre" or ".ci/run")
            )
            .SelectMany(file => Default().Matches(SourceTree.Read(file)).Select(match => (file, Name: match.Groups[1].Value)))
            .Where(r => r.Name != "BASH_VERSION")
            .ToList();
        Assert.Contains(read, r => r.Name == "PEER");
        Rule.Unbroken(read.Where(r => !Table.ContainsKey(r.Name)).Select(r => $"{r.file} reads {r.Name}, which has no row in {Page}"));
    }

    // A constant of HostEnvironment is read by its C# name.
    [Fact]
    public void Table_EveryFileThatARowNames_ReadsTheVariable()
    {
        var constants = typeof(HostEnvironment)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .ToDictionary(field => (string)field.GetRawConstantValue()!, field => $"HostEnvironment.{field.Name}");
        Rule.Unbroken(
            from row in Table
            from file in Quoted().Matches(row.Value).Select(match => match.Groups[1].Value)
            where
                !SourceTree.Files.Contains(file)
                || !new[] { row.Key, constants.GetValueOrDefault(row.Key, row.Key) }.Any(name =>
                    Regex.IsMatch(SourceTree.Read(file), $@"\b{Regex.Escape(name)}\b")
                )
            select $"{row.Key}: {file} does not read it"
        );
    }

    [GeneratedRegex(@"^\| `(?<name>[A-Z_]+)` \|.*\| (?<files>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("\"([A-Z]+(?:_[A-Z]+)+|TERM)\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\$\{([A-Z_]+):?[-+]")]
    private static partial Regex Default();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
