using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Export.Creation;
using Litre.Model.Families;
using Litre.Torch;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre init CONFIG</c>: creates a checkpoint with random weights, to train from scratch or to measure with.</summary>
internal sealed class InitCommand : Command
{
    private readonly Argument<string> _config = new("CONFIG")
    {
        Description =
            $"A config.json of {string.Join(" or ", ModelFamilies.All.Select(f => f.Format.Name))}, dense or with experts, "
            + "or a folder that contains one.",
    };
    private readonly Option<string> _output = new("--output")
    {
        Description = "The folder to write; it must not exist yet.",
        Required = true,
    };
    private readonly Option<string?> _from = new("--tokenizer-from") { Description = "Data, as for tune, to train a tokenizer on." };
    private readonly Option<int?> _vocabulary = new("--vocabulary")
    {
        Description =
            "Tokens in total: 256 bytes, special tokens, and learned tokens. Default: vocab_size of CONFIG. Needs --tokenizer-from.",
    };
    private readonly Option<int?> _frequency = new("--min-frequency")
    {
        Description =
            "Minimum number of occurrences for a pair to become a token; ten times as many for runs of capital letters. Default: 10.",
    };
    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "A checkpoint folder to copy the tokenizer, chat template and image processor from.",
    };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of the random weights." };
    private readonly Option<string> _dtype = new("--dtype")
    {
        Description = "Data type of the weights: bfloat16 or float32.",
        DefaultValueFactory = _ => "bfloat16",
    };
    private readonly Option<string> _shard = new("--shard-size")
    {
        Description = "Largest size of one weight file.",
        DefaultValueFactory = _ => "5GB",
    };
    private readonly PixelOptions _pixels;
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public InitCommand()
        : base("init", "Creates a checkpoint with random weights from a configuration, with a new or copied tokenizer.")
    {
        _dtype.TakesOneOf("bfloat16", "float32");
        Arguments.Add(_config);
        foreach (var option in (Option[])[_output, _from, _vocabulary, _frequency, _tokenizer, _seed, _dtype, _shard])
            Options.Add(option);
        _pixels = new PixelOptions(this);
        Options.Add(_json);
        SetAction(Run);
    }

    /// <summary>Creates the checkpoint and prints a summary, for every command that creates one.</summary>
    public static int Make(InitSettings settings, bool json)
    {
        using var stop = new StopSignal("stopping; partial files are removed");
        InitResult result;
        try
        {
            result = CheckpointInit.Run(
                settings with
                {
                    Notice = OptionText.WriteError,
                    Progress = (done, all) =>
                        Terminal.Status.Show(
                            string.Create(CultureInfo.InvariantCulture, $"writing {Terminal.GiB(done)} of {Terminal.GiB(all)}")
                        ),
                },
                stop.Token
            );
        }
        finally
        {
            Terminal.Status.Clear();
        }
        if (json)
            Console.Out.WriteLine(JsonSerializer.Serialize(result, Json));
        else
            Write(result);
        return ExitCode.Success;
    }

    private int Run(ParseResult parsed) =>
        Make(
            new InitSettings
            {
                Config = parsed.GetValue(_config)!,
                Output = parsed.GetValue(_output)!,
                TokenizerFrom = parsed.GetValue(_from),
                Tokenizer = parsed.GetValue(_tokenizer),
                Vocabulary = parsed.GetValue(_vocabulary),
                MinimumFrequency = parsed.GetValue(_frequency),
                Seed = parsed.GetValue(_seed),
                DType = parsed.GetValue(_dtype) == "float32" ? DType.Float32 : DType.BFloat16,
                ShardBytes = SizeOption.Parse("--shard-size", parsed.GetValue(_shard)!),
                MinimumPixels = _pixels.Minimum(parsed),
                MaximumPixels = _pixels.Maximum(parsed),
            },
            parsed.GetValue(_json)
        );

    private static void Write(InitResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(result.ModelType).AddColumn(new TableColumn("").RightAligned());
        table.AddRow("parameters", Number(result.Parameters));
        if (result.VisionParameters > 0)
            table.AddRow("parameters of the vision tower", Number(result.VisionParameters));
        table.AddRow(
            "size of the weights",
            string.Create(CultureInfo.InvariantCulture, $"{result.WeightBytes / (double)(1L << 20):N1} MiB")
        );
        table.AddRow("weight files", Number(result.Shards));
        table.AddRow("embedding rows", Number(result.Vocabulary));
        table.AddRow("tokens", result.Tokens == 0 ? "no tokenizer" : Number(result.Tokens));
        if (result.Merges > 0)
            table.AddRow("tokens learned from the data", Number(result.Merges));
        Terminal.Output.Write(table);
        Terminal.Output.MarkupLineInterpolated($"wrote {Path.GetFullPath(result.Output)}");
        if (result.Tokens == 0)
            Console.Error.WriteLine(
                "the checkpoint has no tokenizer, which tune and ask need; run litre init again with --tokenizer-from DATA "
                    + "to train one, or with --tokenizer CHECKPOINT to copy one"
            );
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };
}
