using System.CommandLine;
using System.Globalization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Synthesis;
using Litre.Synthesis.Sheets;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary>
/// <c>litre data make drawings|charts|lettering</c>: generates images, with questions whose answers are known.
/// </summary>
internal sealed class DataMakeCommand : Command
{
    private readonly Argument<string> _kind = new("KIND")
    {
        Description = "What to generate: drawings, charts, or lettering (rendered text only).",
    };
    private readonly Option<string> _output = new("--output")
    {
        Description = "The folder to write; it must be new or empty.",
        Required = true,
    };
    private readonly Option<int?> _count = new("--count")
    {
        Description = "Images in total: 80 % for training, 10 % for validation, 10 % for testing. Default: 100.",
    };
    private readonly Option<int?> _train = new("--train") { Description = "Images for training, instead of --count." };
    private readonly Option<int?> _validation = new("--validation") { Description = "Images for validation, instead of --count." };
    private readonly Option<int?> _test = new("--test") { Description = "Images for testing, instead of --count." };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed; the same seed gives the same files." };
    private readonly Option<string> _style = new("--style") { DefaultValueFactory = _ => "all" };
    private readonly Option<int> _questions = new("--questions")
    {
        Description = "Rows per image; a row for validation or testing has one question.",
        DefaultValueFactory = _ => 4,
    };
    private readonly Option<int> _turns = new("--turns")
    {
        Description = "Questions with answers per training row.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<string> _language = new("--language")
    {
        Description = "Language of the questions.",
        DefaultValueFactory = _ => "en",
    };

    public DataMakeCommand()
        : base("make", "Generates images and a data set of questions about them with known answers, for trials.")
    {
        _kind.TakesOneOf("drawings", "charts", "lettering");
        _language.TakesOneOf("en", "zh", "both");
        _style.Description =
            $"For drawings {Names(SyntheticImageKind.Drawings)}; for charts {Names(SyntheticImageKind.Charts)}; for lettering "
            + $"{Names(SyntheticImageKind.Lettering)}; separate several with commas; all means all except gb and company.";
        Arguments.Add(_kind);
        foreach (var option in (Option[])[_output, _count, _train, _validation, _test, _seed, _style, _questions, _turns, _language])
            Options.Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var (train, validation, test) = ReadSplitSizes(parsed);
        using var stop = new StopSignal("stopping; partial files are removed");
        var result = DataSetGenerator.Generate(
            new SynthesisOptions
            {
                Kind = Enum.Parse<SyntheticImageKind>(parsed.GetValue(_kind)!, ignoreCase: true),
                Output = parsed.GetValue(_output)!,
                Style = parsed.GetValue(_style)!,
                Seed = parsed.GetValue(_seed),
                Train = train,
                Validation = validation,
                Test = test,
                Questions = parsed.GetValue(_questions),
                Turns = parsed.GetValue(_turns),
                Language = parsed.GetValue(_language) switch
                {
                    "zh" => QuestionLanguage.Chinese,
                    "both" => QuestionLanguage.Both,
                    _ => QuestionLanguage.English,
                },
                Progress = done => Terminal.Status.Show(string.Create(CultureInfo.InvariantCulture, $"{done:N0} images")),
            },
            stop.Token
        );
        Terminal.Status.Clear();
        var rows = string.Create(
            CultureInfo.InvariantCulture,
            $"{result.TrainRows:N0} train, {result.ValidationRows:N0} validation, {result.TestRows:N0} test rows"
        );
        var folder = Path.GetFullPath(parsed.GetValue(_output)!);
        Terminal.Output.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"wrote {result.Images:N0} images ({string.Join(", ", result.Styles)}) and {rows} to {folder}"
        );
        return ExitCode.Success;
    }

    private (int Train, int Validation, int Test) ReadSplitSizes(ParseResult parsed)
    {
        int?[] sides = [parsed.GetValue(_train), parsed.GetValue(_validation), parsed.GetValue(_test)];
        if (sides.All(s => s is null))
        {
            var count = parsed.GetValue(_count) ?? 100;
            if (count is < 1 or > 10_000_000)
                throw new InputException($"--count {count}: expected a whole number from 1 to 10000000");
            // Two images cannot be split into three sides.
            var held = count < 3 ? 0 : Math.Max((count + 5) / 10, 1);
            return (count - 2 * held, held, held);
        }
        if (parsed.GetValue(_count) is { } given)
            throw new InputException($"--count {given}: cannot be combined with --train, --validation or --test; omit one or the others");
        return (sides[0] ?? 0, sides[1] ?? 0, sides[2] ?? 0);
    }

    private static string Names(SyntheticImageKind kind) => string.Join(", ", DataSetGenerator.Styles(kind));
}
