using Litre.Model.Families;

namespace Litre.Cli.Tests.Architecture;

/// <summary>Who may know a model family by its name: the folders of the families alone.</summary>
public sealed class FamilyNameTests
{
    private const string Families = "src/Litre.Model/Families/";

    // What the names of families begin with, whatever their case: those that are here, and those that others expect.
    private static readonly string[] Names =
    [
        .. ModelFamilies
            .All.Select(f => string.Concat(f.Format.Name.TakeWhile(char.IsAsciiLetter)))
            .Union(["qwen", "llama"], StringComparer.OrdinalIgnoreCase),
    ];

    private static IEnumerable<string> SourceFiles => SourceTree.TextFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal));

    [Fact]
    public void Source_OutsideTheFamiliesFolder_NamesNoFamily() =>
        Rule.Unbroken(SourceFiles.Where(file => !file.StartsWith(Families, StringComparison.Ordinal)).SelectMany(Find));

    // Else a family that is moved or renamed would leave nothing that the rule above looks for.
    [Fact]
    public void Families_EveryFamily_IsNamedInTheFamiliesFolder()
    {
        var found = SourceFiles.Where(file => file.StartsWith(Families, StringComparison.Ordinal)).SelectMany(Find).ToList();
        Assert.All(
            ModelFamilies.All,
            family => Assert.Contains(found, line => line.Contains(family.Format.Name, StringComparison.Ordinal))
        );
    }

    private static IEnumerable<string> Find(string file) =>
        SourceTree
            .Read(file)
            .Split('\n')
            .Select((line, i) => $"{file}:{i + 1}: {line.Trim()}")
            .Where(line => Names.Any(name => line.Contains(name, StringComparison.OrdinalIgnoreCase)));
}
