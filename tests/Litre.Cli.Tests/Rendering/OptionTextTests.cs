using System.CommandLine;
using Litre.Cli.Rendering;
using Litre.Data.Check;
using Litre.Data.Keys;
using Litre.Data.Samples;

namespace Litre.Cli.Tests.Rendering;

public sealed class OptionTextTests
{
    [Theory]
    [InlineData("raise `max-tokens`", "raise --max-tokens")]
    [InlineData("`learning-rate 1e-5` or less and another `output`", "--learning-rate 1e-5 or less and another --output")]
    [InlineData("`micro-batch-tokens auto` `recompute auto`", "--micro-batch-tokens auto --recompute auto")]
    [InlineData("`litre export` with `to merged`", "`litre export` with --to merged")]
    [InlineData("run `litre data check`; `git lfs pull`, `fused`", "run `litre data check`; `git lfs pull`, `fused`")]
    [InlineData("--max-tokens 3 stays", "--max-tokens 3 stays")]
    public void Render_NamesInBackticks_AreOptionsAndAllElseStays(string text, string shown) =>
        Assert.Equal(shown, OptionText.Render(text));

    [Fact]
    public void Descriptions_OfEveryCommand_NameOptionsAndNoSettings()
    {
        var root = CommandLine.Root();
        var tune = root.Subcommands.Single(c => c.Name == "tune");
        Assert.StartsWith("With --full, parts that are not trained", tune.Options.Single(o => o.Name == "--freeze").Description);
        Assert.StartsWith("With --tile, also compare", tune.Options.Single(o => o.Name == "--compare-shrunk").Description);
        Assert.All(Symbols(root), symbol => Assert.Equal(OptionText.Render(symbol.Description ?? ""), symbol.Description ?? ""));
    }

    [Fact]
    public void Render_CheckOfData_ChangesItsTextsAndNotThePlaces()
    {
        var origin = new SampleOrigin("`data`.jsonl", 3);
        var check = new DataCheckResult
        {
            Path = "`data`",
            Files = [],
            Samples = 0,
            Splits = new Dictionary<string, int>(),
            DistinctImages = 0,
            ImageReferences = 0,
            Videos = 0,
            Tokens = null,
            DuplicateIds = [],
            Duplicates = [],
            Contradictions = [],
            Leaks = [],
            TooLong = [],
            Unusable = [new UnusableRow(origin, "`boxes` are missing", "add `question \"…\"`")],
            Keys = [new KeySummary(KeyLevel.Row, "`boxes`", 1, [new KeyUseCount(KeyOutcome.Ignored, "see `boxes`", 1)])],
            Warnings = [new WarningGroup("give `boxes pixels`", 1, [origin])],
            Notices = ["read with `text-rows`"],
        };
        var shown = DataTexts.Render(check);
        Assert.Equal(new UnusableRow(origin, "--boxes are missing", "add --question \"…\""), Assert.Single(shown.Unusable));
        Assert.Equal("see --boxes", Assert.Single(Assert.Single(shown.Keys).Uses).Detail);
        Assert.Equal("give --boxes pixels", Assert.Single(shown.Warnings).Text);
        Assert.Equal(["read with --text-rows"], shown.Notices);
        Assert.Equal(("`data`", "`boxes`", "`data`.jsonl"), (shown.Path, shown.Keys[0].Key, shown.Unusable[0].Origin.File));
    }

    private static IEnumerable<Symbol> Symbols(Command command) =>
        [command, .. command.Options, .. command.Arguments, .. command.Subcommands.SelectMany(Symbols)];
}
