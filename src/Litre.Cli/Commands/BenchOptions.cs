using System.CommandLine;
using Litre.Core;
using Litre.Kernels;
using Litre.Model.Configuration;
using Litre.Model.Vision;
using Litre.Planning;
using Litre.Planning.Benchmarks;
using Litre.Torch;

namespace Litre.Cli.Commands;

/// <summary>The options that determine what <c>litre bench</c> runs.</summary>
internal sealed class BenchOptions
{
    private readonly Option<int> _samples = Number("--samples", "Samples per micro-batch, and prompts per prefill.", 8);
    private readonly Option<int> _visual = Number("--visual-tokens", "Visual tokens of each image; 0 for text only.", 768);
    private readonly Option<string[]> _images = new("--image")
    {
        Description = "Instead of --visual-tokens: size of each sample's image, such as 1024x768; repeat it for several images.",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<int> _imageCount = Number(
        "--pictures",
        "Images per sample: the described image is repeated this many times.",
        1
    );
    private readonly Option<int> _questions = Number("--questions", "Consecutive samples that ask about the same images.", 1);
    private readonly Option<bool> _share = new("--share-prefixes")
    {
        Description = "Let such samples share the images' tokens, as tune does; false packs each sample separately.",
        DefaultValueFactory = _ => true,
    };
    private readonly Option<int> _text = Number(
        "--text-tokens",
        "Text tokens of each sample, including the start and end tokens of images.",
        122
    );
    private readonly Option<int> _answer = Number("--answer-tokens", "How many of the text tokens are the answer.", 32);
    private readonly Option<string?> _data = new("--data")
    {
        Description =
            "Use a data set, packed as in tune, instead of described samples. CONFIG must then be a checkpoint folder with a tokenizer.",
    };
    private readonly Option<int> _pass = Number(
        "--micro-batch-tokens",
        "With --data: tokens per micro-batch.",
        new StepWorkload().MicroBatchTokens
    );
    private readonly PixelOptions _pixels;
    private readonly ReadingOptions _reading;
    private readonly TileOptions _tiles;
    private readonly Option<string[]> _targets = new("--target", "--lora-targets")
    {
        Description = "Modules that get adapters, separated by commas, with the names that tune uses. [attention]",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<bool> _experts = new("--experts") { Description = "Short for --target attention,experts." };
    private readonly Option<int> _rank = Number("--lora-rank", "Rank of the adapters.", 16);
    private readonly Option<bool> _full = new("--full") { Description = "Train all weights instead of adapters." };
    private readonly Option<bool> _cache = new("--cache-features")
    {
        Description = "Time steps that reuse cached vision features, as in every epoch after the first.",
    };
    private readonly Option<int> _steps = Number("--steps", "Steps to time; 0 is allowed with --generate only.", 5);
    private readonly Option<int> _warmup = Number("--warmup-steps", "Steps to run before the timed ones.", 2);
    private readonly Option<bool> _profile = new("--profile")
    {
        Description =
            "Run one more step, and with --generate one more decoding, and time each operator. On CUDA this is slower: each "
            + "operator is waited for.",
    };
    private readonly Option<bool> _generate = new("--generate")
    {
        Description =
            "Also measure answers: prefill --samples prompts together, then decode one answer, then --generate-batch answers at once.",
    };
    private readonly Option<int> _batch = Number("--generate-batch", "Answers decoded at once.", 8);
    private readonly Option<int> _new = Number("--new-tokens", "Tokens per answer.", 64);
    private readonly Option<int> _serve = Number(
        "--serve",
        "With --generate: also measure this many requests that arrive at random within a second; 0 for none.",
        0
    );
    private readonly Option<int> _adapters = Number("--serve-adapters", "Adapters that these requests alternate between; 0 for none.", 8);

    public BenchOptions(Command command)
    {
        foreach (var option in (Option[])[_samples, _visual, _images, _imageCount, _questions, _share, _text, _answer, _data, _pass])
            command.Options.Add(option);
        _pixels = new PixelOptions(command);
        _reading = new ReadingOptions(command);
        _tiles = new TileOptions(command);
        foreach (
            var option in (Option[])
                [_targets, _experts, _rank, _full, _cache, _steps, _warmup, _profile, _generate, _batch, _new, _serve, _adapters]
        )
            command.Options.Add(option);
    }

    /// <summary>The data set; null if samples are described instead.</summary>
    public string? Data(ParseResult parsed) => parsed.GetValue(_data);

    /// <exception cref="InputException">An option cannot be used, or two contradict each other.</exception>
    public StepWorkload Workload(ParseResult parsed, ModelConfig config, string? folder)
    {
        Contradictions(parsed);
        var workload = new StepWorkload
        {
            Kernels = KernelOptions.FromEnvironment(),
            Samples = AtLeast(parsed, _samples, 1),
            Questions = AtLeast(parsed, _questions, 1),
            SharesPrefixes = parsed.GetValue(_share),
            TextTokens = parsed.GetValue(_text),
            AnswerTokens = AtLeast(parsed, _answer, 1),
            Grids = parsed.GetValue(_data) is null ? Grids(parsed, config, folder) : [],
            MicroBatchTokens = AtLeast(parsed, _pass, 1),
            Targets = Targets(parsed),
            LoraRank = AtLeast(parsed, _rank, 1),
            Full = parsed.GetValue(_full),
            CachesFeatures = parsed.GetValue(_cache),
            Steps = AtLeast(parsed, _steps, parsed.GetValue(_generate) ? 0 : 1),
            WarmupSteps = AtLeast(parsed, _warmup, 0),
            Profiles = parsed.GetValue(_profile),
            Generates = parsed.GetValue(_generate),
            GenerateBatch = AtLeast(parsed, _batch, 1),
            NewTokens = AtLeast(parsed, _new, 2),
            ServeRequests = AtLeast(parsed, _serve, 0),
            ServeAdapters = AtLeast(parsed, _adapters, 0),
        };
        var least = workload.AnswerTokens + 2 * Math.Max(1, workload.Grids.Count);
        if (workload.TextTokens < least)
            throw new InputException(
                $"--text-tokens {workload.TextTokens}: expected at least {least}, which are {workload.AnswerTokens} of the "
                    + "answer (--answer-tokens) and two around each image"
            );
        return workload;
    }

    /// <summary>Creates the source of the steps.</summary>
    /// <exception cref="InputException">The data cannot be used.</exception>
    public IBenchmarkSteps Source(ParseResult parsed, ModelConfig config, string? folder, StepWorkload workload, Device device)
    {
        if (parsed.GetValue(_data) is not { } data)
            return new SyntheticSteps(config, workload, device);
        if (device.IsMeta)
            throw new InputException(
                $"--data {data} and --device {device}: a meta device has no image data; describe the samples instead, or use litre plan"
            );
        if (folder is null)
            throw new InputException(
                $"--data {data}: its tokens are counted with the model's tokenizer; give the checkpoint's folder "
                    + "as CONFIG, or describe the samples"
            );
        return new DataSetSteps(
            folder,
            config,
            data,
            workload,
            _pixels.Minimum(parsed),
            _pixels.Maximum(parsed),
            _reading.Options(parsed),
            _tiles.Tiling(parsed)
        );
    }

    private void Contradictions(ParseResult parsed)
    {
        if (
            parsed.GetValue(_data) is { } data
            && ((Option[])[_visual, _images, _imageCount, _questions, _text, _answer]).FirstOrDefault(o => IsGiven(parsed, o))
                is { } described
        )
            throw new InputException(
                $"--data {data} and {described.Name}: one reads a data set, the other describes one; omit one of them"
            );
        if (parsed.GetValue(_data) is null && _tiles.IsGiven(parsed))
            throw new InputException(
                "--tile: needs --data; for described samples, give the tiles as images: --image 1024x1024 --pictures 12"
            );
        if (IsGiven(parsed, _images) && IsGiven(parsed, _visual))
            throw new InputException("--image and --visual-tokens: both set the size of an image; omit one of them");
        if (parsed.GetValue(_serve) > 0 && !parsed.GetValue(_generate))
            throw new InputException("--serve: needs --generate, with whose times it is compared; add it");
        if (IsGiven(parsed, _targets) && parsed.GetValue(_experts))
            throw new InputException("--target and --experts: both choose the adapted modules; omit one of them");
    }

    private IReadOnlyList<VisionGrid> Grids(ParseResult parsed, ModelConfig config, string? folder)
    {
        var processor = SyntheticDataOptions.Processor(config, folder, _pixels.Minimum(parsed), _pixels.Maximum(parsed));
        if (processor is null)
        {
            if (((Option[])[_images, _visual, _imageCount]).FirstOrDefault(o => IsGiven(parsed, o)) is { } described)
                throw SyntheticDataOptions.TextAlone(described.Name, config);
            return [];
        }
        VisionGrid[] one =
            parsed.GetValue(_images) is { Length: > 0 } images ? [.. images.Select(i => SyntheticDataOptions.Grid(processor, i))]
            : AtLeast(parsed, _visual, 0) == 0 ? []
            : [SyntheticSample.Grid(config, parsed.GetValue(_visual))];
        return [.. Enumerable.Repeat(one, AtLeast(parsed, _imageCount, 0)).SelectMany(p => p)];
    }

    private IReadOnlyList<string> Targets(ParseResult parsed)
    {
        if (parsed.GetValue(_experts))
            return ["attention", "experts"];
        var given = parsed
            .GetValue(_targets)!
            .SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .ToList();
        return given.Count > 0 ? given : new StepWorkload().Targets;
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static int AtLeast(ParseResult parsed, Option<int> option, int minimum) =>
        parsed.GetValue(option) is var value && value >= minimum
            ? value
            : throw new InputException($"{option.Name} {value}: expected at least {minimum}");

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
