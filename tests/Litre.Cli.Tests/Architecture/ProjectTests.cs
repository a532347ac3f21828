using System.Xml.Linq;

namespace Litre.Cli.Tests.Architecture;

/// <summary>Who may know whom, and where versions stand.</summary>
public sealed class ProjectTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Litre.Torch"] = [],
        ["Litre.Model"] = ["Litre.Torch"],
        ["Litre.Data"] = ["Litre.Torch"],
        ["Litre.Inference"] = ["Litre.Model", "Litre.Data", "Litre.Torch"],
        ["Litre.Training"] = ["Litre.Model", "Litre.Data", "Litre.Inference", "Litre.Torch"],
        ["Litre.Server"] = ["Litre.Model", "Litre.Data", "Litre.Inference", "Litre.Training", "Litre.Torch"],
        ["Litre.Cli"] = ["Litre.Model", "Litre.Data", "Litre.Inference", "Litre.Training", "Litre.Server", "Litre.Torch"],
    };

    private static List<string> ProjectFiles =>
        [.. SourceTree.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))];

    [Fact]
    public void Source_EveryProject_ReferencesOnlyWhatTheTableAllows()
    {
        var projects = ProjectFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(projects);
        var broken = projects.SelectMany(file => References(file)
            .Where(reference => !Allowed.TryGetValue(Name(file), out var allowed) || !allowed.Contains(reference))
            .Select(reference => $"{Name(file)} -> {reference}"));
        Rule.Unbroken(broken);
        Rule.Unbroken(projects.Select(Name).Except(Allowed.Keys));
    }

    [Fact]
    public void Source_NoProject_ReferencesTests() =>
        Rule.Unbroken(ProjectFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .SelectMany(References).Where(reference => reference.EndsWith(".Tests", StringComparison.Ordinal)));

    [Fact]
    public void Tests_EveryProject_ReferencesItsSubject()
    {
        var tests = ProjectFiles.Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && Name(file).EndsWith(".Tests", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(tests);
        Assert.All(tests, file => Assert.Contains(Name(file)[..^".Tests".Length], References(file)));
    }

    [Fact]
    public void Solution_ListsEveryProject()
    {
        var listed = XDocument.Parse(SourceTree.Read("Litre.slnx")).Descendants("Project").Select(project => project.Attribute("Path")!.Value);
        var owned = ProjectFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal) || file.StartsWith("tests/", StringComparison.Ordinal));
        Assert.Equal(owned.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Versions_StandInOneFile()
    {
        var versions = ProjectFiles.Append("Directory.Build.props").Append("Directory.Build.targets").Append("tests/Directory.Build.props")
            .SelectMany(file => XDocument.Parse(SourceTree.Read(file)).Descendants("PackageReference")
                .Where(reference => reference.Attributes().Select(attribute => attribute.Name.LocalName).Concat(reference.Elements().Select(element => element.Name.LocalName))
                    .Any(name => name is "Version" or "VersionOverride"))
                .Select(reference => $"{file}: {reference.Attribute("Include")?.Value}"));
        Rule.Unbroken(versions);
    }

    [Fact]
    public void Source_OnlyTorch_ImportsLibtorch()
    {
        var outside = SourceTree.SourceFiles.Where(file =>
            file.StartsWith("src/", StringComparison.Ordinal) && !file.StartsWith("src/Litre.Torch/", StringComparison.Ordinal));
        Rule.Unbroken(outside.Where(file =>
            SourceTree.Read(file) is var text && text.Contains("LibraryImport(", StringComparison.Ordinal) && text.Contains("torch_c", StringComparison.Ordinal)));
    }

    private static string Name(string file) => Path.GetFileNameWithoutExtension(file);

    private static IEnumerable<string> References(string file) =>
        XDocument.Parse(SourceTree.Read(file)).Descendants("ProjectReference").Select(reference => Name(reference.Attribute("Include")!.Value));
}
