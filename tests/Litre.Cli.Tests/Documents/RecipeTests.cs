using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Cli.Errors;
using Litre.Cli.Tests.Commands;
using Shared;

namespace Litre.Cli.Tests.Documents;

/// <summary>Every shipped recipe trains, including those for large models: what makes a run large is overridden.</summary>
public sealed partial class RecipeTests : IDisposable
{
    private static readonly string[] Smaller =
    [
        "--max-steps 2",
        "--micro-batch-tokens 2048",
        "--eval none",
        "--feature-disk 0",
        "--device cpu",
        "--dtype float32",
    ];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Recipes =>
        [
            .. SourceTree.Files.Where(f =>
                f.StartsWith("recipes/", StringComparison.Ordinal) && f.EndsWith(".yaml", StringComparison.Ordinal)
            ),
        ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Recipe_EveryShippedOne_TakesTwoSteps(string recipe)
    {
        string[] images = ["--train", "6", "--validation", "2", "--test", "2", "--questions", "1"];
        var make = LitreProcess.Run(["data", "make", "drawings", "--seed", "1", .. images, "--output", _folder.File("data")]);
        Assert.True(make.ExitCode == ExitCode.Success, make.Error);
        string[] where =
        [
            "--recipe",
            Path.Combine(Repository.Root, recipe),
            "--model",
            Path.Combine(Repository.Root, "assets", "litre-nano"),
            "--data",
            _folder.File("data"),
            "--output",
            _folder.File("run"),
        ];
        var tune = LitreProcess.Run(["tune", .. where, .. Smaller.SelectMany(option => option.Split(' '))]);
        Assert.True(tune.ExitCode == ExitCode.Success, tune.Error);
        Assert.Contains("step 2/2", tune.Output);

        // What is not given on the command line is the recipe's.
        var written = Fields(File.ReadAllText(_folder.File("run/recipe.yaml")));
        var given = Smaller.Select(option => option.Split(' ')[0][2..]).ToHashSet();
        foreach (var (name, value) in Fields(SourceTree.Read(recipe)).Where(f => !given.Contains(f.Key)))
            Assert.Equal((name, value), (name, written[name]));
    }

    // Lists with or without brackets and quotes, numbers in any spelling.
    private static Dictionary<string, string> Fields(string yaml) =>
        yaml.Split('\n')
            .Select(line => Comment().Replace(line, ""))
            .Where(line => line.Contains(": ", StringComparison.Ordinal))
            .Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => Plain(parts[1].Trim('[', ']', '"', ' ').Replace(" ", "", StringComparison.Ordinal)));

    private static string Plain(string value) =>
        double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number.ToString(CultureInfo.InvariantCulture) : value;

    [GeneratedRegex("(^|\\s)#.*")]
    private static partial Regex Comment();
}
