using System.Globalization;
using Litre.Cli.Errors;
using Litre.Cli.Tests.Architecture;
using Litre.Cli.Tests.Commands;
using Shared;

namespace Litre.Cli.Tests.Documents;

/// <summary>What documents and recipes tell users to run is accepted, and what needs neither a network nor a GPU does run.</summary>
public sealed class DocumentedCommandTests : IDisposable
{
    // What is run as it stands in README.md, in its order, and what makes it small. Others fetch, wait for a person, take a GPU's
    // size, or are run by the tests of their command.
    private static readonly (string Begin, string Smaller)[] Run =
    [
        ("data check", ""),
        ("data preview", ""),
        ("data make", ""),
        ("plan --model models/", "--device cpu"),
        ("tune --model", "--epochs 1 --validation-share 0.2 --eval none --device cpu --feature-disk 0"),
        ("tune --resume", ""),
        ("eval", "--split all --limit 2 --max-new-tokens 2 --device cpu"),
        ("ask", "--max-new-tokens 2 --device cpu"),
        ("chat", "--max-new-tokens 2 --device cpu"),
        ("batch", "--max-new-tokens 2 --device cpu"),
        ("init", ""),
        // In bfloat16 the noise of the comparison hides what few steps teach.
        ("export", "--device cpu --dtype float32"),
        ("verify adapters", ""),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("litre-documents-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Documents_EveryCommandOfABlock_IsAccepted()
    {
        var breaches = new List<string>();
        var commands = 0;
        foreach (var document in DocumentedCommands.Documents)
        foreach (var words in DocumentedCommands.Fenced(document))
        {
            commands++;
            if (UsageError.Find(CommandLine.Root().Parse(words)) is { } mistake)
                breaches.Add($"{document}: litre {string.Join(' ', words)}: {mistake}");
        }
        Rule.Unbroken(breaches);
        Assert.True(commands > 60, $"only {commands} commands were found");
    }

    [Fact]
    public void Documents_EveryCommandInRunningText_HasTheNamedOptions()
    {
        var mentions = DocumentedCommands.Documents.SelectMany(d => DocumentedCommands.Mentioned(d).Select(words => (d, words))).ToList();
        Rule.Unbroken(
            mentions
                .Select(m => (m.d, m.words, Unknown: DocumentedCommands.Unknown(m.words)))
                .Where(m => m.Unknown is not null)
                .Select(m => $"{m.d}: litre {string.Join(' ', m.words)}: {m.Unknown}")
        );
        Assert.True(mentions.Count > 40, $"only {mentions.Count} mentions were found");
    }

    [Fact]
    public void Readmes_BothLanguages_ShowTheSameCommands()
    {
        Assert.Equal(Paths("README.md"), Paths("README.zh-CN.md"));

        static IEnumerable<string> Paths(string document) =>
            DocumentedCommands.Fenced(document).Select(words => CommandPath.Of(CommandLine.Root().Parse(words).CommandResult.Command));
    }

    [Fact]
    public void Readme_CommandsThatRunAnywhere_Run()
    {
        MakeUsersFiles();
        var left = Run.Select(r => r.Begin).ToList();
        foreach (var words in DocumentedCommands.Fenced("README.md"))
        {
            var line = string.Join(' ', words);
            if (Run.FirstOrDefault(r => line.StartsWith(r.Begin, StringComparison.Ordinal)) is not { Begin: { } begin } run)
                continue;
            if (line.Contains("30B", StringComparison.Ordinal))
                continue; // finetune.sh's example, and the plan of a published size
            left.Remove(begin);
            string[] arguments =
            [
                .. words.Select((word, i) => i == 0 || words[i - 1] is "make" or "--to" or "verify" ? word : Place(word)),
                .. run.Smaller.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ];
            var litre = LitreProcess.RunSaying("What?\n/exit\n", arguments);
            Assert.True(litre.ExitCode == ExitCode.Success, $"{line}: exit code {litre.ExitCode}; {litre.Error}");
        }
        Assert.Empty(left);
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Recipe_EveryShippedOne_TakesTwoSteps(string recipe)
    {
        MakeData("data", 6);
        var run = Path.Combine(_folder, "run");
        var tune = LitreProcess.Run([
            .. new[]
            {
                "tune",
                "--recipe",
                Path.Combine(Repository.Root, recipe),
                "--model",
                Nano,
                "--data",
                Path.Combine(_folder, "data"),
            },
            .. new[] { "--output", run, "--max-steps", "2", "--micro-batch-tokens", "2048", "--eval", "none", "--feature-disk", "0" },
            .. new[] { "--device", "cpu" },
        ]);
        Assert.True(tune.ExitCode == ExitCode.Success, tune.Error);
        Assert.Contains("step 2/2", tune.Output);
        // What is not given on the command line is the recipe's.
        var written = Fields(File.ReadAllText(Path.Combine(run, "recipe.yaml")));
        string[] given = ["max-steps", "micro-batch-tokens", "eval"];
        foreach (var (name, value) in Fields(SourceTree.Read(recipe)).Where(f => !given.Contains(f.Key)))
            Assert.Equal((name, value), (name, written[name]));

        // Lists with or without brackets and quotes, numbers in any spelling.
        static Dictionary<string, string> Fields(string yaml) =>
            yaml.Split('\n')
                .Where(line => line.Contains(": ", StringComparison.Ordinal) && line[0] != '#')
                .Select(line => line.Split(": ", 2))
                .ToDictionary(parts => parts[0], parts => Plain(parts[1].Trim('[', ']', '"').Replace(" ", "", StringComparison.Ordinal)));

        static string Plain(string value) =>
            double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number.ToString(CultureInfo.InvariantCulture) : value;
    }

    public static TheoryData<string> Recipes() =>
        [
            .. SourceTree.Files.Where(f =>
                f.StartsWith("recipes/", StringComparison.Ordinal) && f.EndsWith(".yaml", StringComparison.Ordinal)
            ),
        ];

    private static string Nano => Path.Combine(Repository.Root, "assets", "litre-nano");

    // Paths of the README lie in the user's folder, but for those of the repository.
    private string Place(string word) =>
        word.StartsWith("recipes/", StringComparison.Ordinal) || word.StartsWith("tests/", StringComparison.Ordinal)
            ? Path.Combine(Repository.Root, word)
        : word == "400" ? "10" // images to draw
        : Names.Contains(word.Split('/')[0]) ? Path.Combine(_folder, word)
        : word;

    private static readonly string[] Names =
    [
        "models",
        "my-data",
        "drawings",
        "photos",
        "dish.jpg",
        "runs",
        "made",
        "merged",
        "adapter",
        "adapters",
        "answers.jsonl",
        "preview.html",
    ];

    private void MakeUsersFiles()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "models"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "models", "Qwen3-VL-4B-Instruct"), Nano);
        MakeData("my-data", 6);
        Directory.CreateSymbolicLink(Path.Combine(_folder, "drawings"), Path.Combine(_folder, "my-data"));
        var image = Directory.EnumerateFiles(Path.Combine(_folder, "my-data", "images")).First();
        File.Copy(image, Path.Combine(_folder, "dish.jpg"));
        Directory.CreateDirectory(Path.Combine(_folder, "photos"));
        File.Copy(image, Path.Combine(_folder, "photos", "a.png"));
    }

    private void MakeData(string name, int images)
    {
        string[] sides = ["--train", $"{images}", "--validation", "2", "--test", "2", "--questions", "1"];
        var make = LitreProcess.Run(["data", "make", "drawings", "--seed", "1", .. sides, "--output", Path.Combine(_folder, name)]);
        Assert.True(make.ExitCode == ExitCode.Success, make.Error);
    }
}
