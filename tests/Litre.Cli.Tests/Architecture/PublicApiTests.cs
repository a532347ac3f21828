using System.Reflection;
using PublicApiGenerator;
using Shared;

namespace Litre.Cli.Tests.Architecture;

/// <summary>
/// The public surface of every library, as text in <c>tests/api</c>: a change of it is seen in review.
/// <c>build/api.sh --update</c> writes the files.
/// </summary>
public sealed class PublicApiTests
{
    private const string Folder = "tests/api";
    private const string Update = "LITRE_UPDATE_API";
    private const string HowTo =
        "`build/api.sh --update` rewrites the files; commit the change with them and nothing else, with the reason.";

    private static readonly ApiGeneratorOptions Options = new()
    {
        IncludeAssemblyAttributes = false,
        ExcludeAttributes = ["System.Runtime.CompilerServices.CompilerGeneratedAttribute"],
    };

    private static readonly string[] Names =
    [
        .. SourceTree
            .Files.Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => name is not ("Litre.Cli" or "Litre.Server"))
            .Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Libraries => new(Names);

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Library_PublicSurface_IsTheOneOnRecord(string library)
    {
        var file = Path.Combine(Repository.Root, Folder, library + ".txt");
        var now = Assembly.Load(library).GeneratePublicApi(Options).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable(Update) is "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, now);
            return;
        }
        Assert.True(File.Exists(file), $"{Folder}/{library}.txt is missing. {HowTo}");
        var difference = Difference(File.ReadAllText(file), now);
        Assert.True(
            difference.Count == 0,
            $"The public surface of {library} differs from {Folder}/{library}.txt:\n{string.Join('\n', difference)}\n{HowTo}"
        );
    }

    [Fact]
    public void Records_EveryFile_BelongsToALibrary() =>
        Rule.Unbroken(
            SourceTree
                .Files.Where(file => file.StartsWith(Folder + "/", StringComparison.Ordinal))
                .Where(file => !Names.Contains(Path.GetFileNameWithoutExtension(file)))
        );

    [Fact]
    public void Difference_MemberOfTwoTypes_NamesTheTypeThatLostIt()
    {
        const string before =
            "namespace N\n{\n    public class A\n    {\n        public int X { get; }\n    }\n"
            + "    public class B\n    {\n        public int X { get; }\n    }\n}\n";
        const string now =
            "namespace N\n{\n    public class A\n    {\n        public int X { get; }\n    }\n"
            + "    public class B\n    {\n        public int Y { get; }\n    }\n}\n";
        Assert.Equal(["- N, public class B: public int X { get; }", "+ N, public class B: public int Y { get; }"], Difference(before, now));
    }

    // Removed and added lines, each with the types around it.
    private static List<string> Difference(string before, string now)
    {
        var (old, fresh) = (Lines(before), Lines(now));
        return [.. Missing(old, fresh).Select(line => "- " + line), .. Missing(fresh, old).Select(line => "+ " + line)];
    }

    private static IEnumerable<string> Missing(List<string> from, List<string> other)
    {
        var counts = other.CountBy(line => line).ToDictionary();
        foreach (var line in from)
        {
            if (counts.TryGetValue(line, out var left) && left > 0)
                counts[line] = left - 1;
            else
                yield return line;
        }
    }

    private static List<string> Lines(string text)
    {
        const int indent = 4;
        var around = new List<string>();
        var lines = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            var content = line.Trim();
            if (content is "" or "{" or "}")
                continue;
            var depth = (line.Length - line.TrimStart().Length) / indent;
            if (around.Count > depth)
                around.RemoveRange(depth, around.Count - depth);
            lines.Add(around.Count == 0 ? content : $"{string.Join(", ", around)}: {content}");
            // An attribute is of the line below it and holds nothing.
            if (content[0] != '[')
                around.Add(content.StartsWith("namespace ", StringComparison.Ordinal) ? content["namespace ".Length..] : content);
        }
        return lines;
    }
}
