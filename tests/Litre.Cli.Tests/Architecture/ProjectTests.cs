using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Litre.Cli.Tests.Architecture;

/// <summary>Which project may reference which, and where versions are given.</summary>
public sealed partial class ProjectTests
{
    private const string Page = "docs/architecture.md";
    private const string AllAbove = "Litre.all above";

    private static List<string> ProjectFiles => [.. SourceTree.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))];

    [Fact]
    public void Source_EveryProject_ReferencesWhatTheTableSays()
    {
        var projects = ProjectFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal)).ToList();
        var table = Table();
        Assert.Equal(projects.Select(Name).Order(StringComparer.Ordinal), table.Keys.Order(StringComparer.Ordinal));
        var breaches = new List<string>();
        foreach (var file in projects)
        {
            var expected = (
                table[Name(file)] is [AllAbove] ? table.Keys.TakeWhile(name => name != Name(file)) : table[Name(file)]
            ).ToHashSet();
            var found = References(file).ToHashSet();
            breaches.AddRange(found.Except(expected).Select(r => $"{file} references {r}, which the table in {Page} does not list"));
            breaches.AddRange(expected.Except(found).Select(r => $"{file} does not reference {r}, which the table in {Page} lists"));
        }
        Rule.Unbroken(breaches);
    }

    // Each line may refer to the lines above it alone.
    [Fact]
    public void Source_Projects_HaveNoCycles()
    {
        var above = new HashSet<string>();
        foreach (var (project, references) in Table())
        {
            Rule.Unbroken(references.Where(r => r != AllAbove && !above.Contains(r)).Select(r => $"{project} -> {r}"));
            above.Add(project);
        }
    }

    [Fact]
    public void Source_NoProject_ReferencesTests() =>
        Rule.Unbroken(
            ProjectFiles
                .Where(file => file.StartsWith("src/", StringComparison.Ordinal))
                .SelectMany(References)
                .Where(reference => reference.EndsWith(".Tests", StringComparison.Ordinal))
        );

    [Fact]
    public void Tests_EveryProject_ReferencesItsSubject()
    {
        var tests = ProjectFiles
            .Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && Name(file).EndsWith(".Tests", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(tests);
        Assert.All(tests, file => Assert.Contains(Name(file)[..^".Tests".Length], References(file)));
    }

    [Fact]
    public void Solution_EveryProjectFile_IsListed()
    {
        var listed = XDocument
            .Parse(SourceTree.Read("Litre.slnx"))
            .Descendants("Project")
            .Select(project => project.Attribute("Path")!.Value);
        string[] folders = ["examples/", "src/", "tests/"];
        var owned = ProjectFiles.Where(file => folders.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)));
        Assert.Equal(owned.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Versions_EveryPackage_StandInOneFile()
    {
        var versions = ProjectFiles
            .Append("Directory.Build.props")
            .Append("Directory.Build.targets")
            .Append("tests/Directory.Build.props")
            .SelectMany(file =>
                XDocument
                    .Parse(SourceTree.Read(file))
                    .Descendants("PackageReference")
                    .Where(reference =>
                        reference
                            .Attributes()
                            .Select(attribute => attribute.Name.LocalName)
                            .Concat(reference.Elements().Select(element => element.Name.LocalName))
                            .Any(name => name is "Version" or "VersionOverride")
                    )
                    .Select(reference => $"{file}: {reference.Attribute("Include")?.Value}")
            );
        Rule.Unbroken(versions);
    }

    // Programs that use the packages name libtorch's package themselves, as these pages tell them.
    [Theory]
    [InlineData("docs/library.md")]
    [InlineData("src/PACKAGE.md")]
    public void Page_LibtorchPackage_HasTheVersionInUse(string page)
    {
        var version = XDocument.Parse(SourceTree.Read("Directory.Packages.props")).Descendants("LibtorchCpuVersion").Single().Value;
        Assert.Contains($"Include=\"libtorch-cpu-linux-x64\" Version=\"{version}\"", SourceTree.Read(page), StringComparison.Ordinal);
    }

    [Fact]
    public void Source_OnlyTorch_ImportsLibtorch()
    {
        var outside = SourceTree.SourceFiles.Where(file =>
            file.StartsWith("src/", StringComparison.Ordinal) && !file.StartsWith("src/Litre.Torch/", StringComparison.Ordinal)
        );
        Rule.Unbroken(
            outside.Where(file =>
                SourceTree.Read(file) is var text
                && text.Contains("LibraryImport(", StringComparison.Ordinal)
                && text.Contains("torch_c", StringComparison.Ordinal)
            )
        );
    }

    private static Dictionary<string, string[]> Table() =>
        SourceTree
            .Read(Page)
            .Split('\n')
            .Select(line => Row().Match(line))
            .Where(match => match.Success)
            .ToDictionary(
                match => match.Groups[1].Value,
                match =>
                    match
                        .Groups[2]
                        .Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                        .Select(name => "Litre." + name)
                        .ToArray()
            );

    [GeneratedRegex(@"^\| `(Litre\.\w+)` \|[^|]*\|([^|]*)\|$")]
    private static partial Regex Row();

    private static string Name(string file) => Path.GetFileNameWithoutExtension(file);

    private static IEnumerable<string> References(string file) =>
        XDocument
            .Parse(SourceTree.Read(file))
            .Descendants("ProjectReference")
            .Select(reference => Name(reference.Attribute("Include")!.Value));
}
