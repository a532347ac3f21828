using System.Text.Json;
using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Core.Files;
using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Tokenization;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Export.Creation;

/// <summary>
/// Creates a checkpoint from a configuration: random weights, a tokenizer that is trained on a data set's texts or copied, a processor
/// and a chat template. It is written under a temporary name and renamed when it is complete.
/// </summary>
public sealed class CheckpointInit
{
    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.json",
        "merges.txt",
        "special_tokens_map.json",
        "added_tokens.json",
        "chat_template.json",
        "chat_template.jinja",
    ];

    private readonly InitSettings _settings;
    private readonly ConfigEdit _edit;

    private CheckpointInit(InitSettings settings) => (_settings, _edit) = (settings, ConfigEdit.Read(settings.Config));

    /// <exception cref="InputException">Configuration, data or tokenizer cannot be used, or the output cannot be written.</exception>
    public static InitResult Run(InitSettings settings, CancellationToken cancel = default)
    {
        if (settings.TokenizerFrom is not null && settings.Tokenizer is not null)
            throw new InputException("`tokenizer-from` and `tokenizer`: a tokenizer is either trained or copied, not both; omit one");
        if (settings.Vocabulary is not null && settings.TokenizerFrom is null)
            throw new InputException(
                "vocabulary",
                null,
                "needs `tokenizer-from`, the data that a tokenizer is trained on",
                "add it, or omit the setting to use the configuration's vocab_size"
            );
        if (settings.TokenizerFrom is { } data)
            OutputPlace.RefuseAmong("output", settings.Output, "tokenizer-from", data);
        return AtomicFolder.Write(settings.Output, folder => new CheckpointInit(settings).Write(folder, cancel));
    }

    private InitResult Write(string folder, CancellationToken cancel)
    {
        _edit.SetDType(_settings.DType);
        var trained = _settings.TokenizerFrom is { } data ? Train(data, cancel) : null;
        var tokenizer =
            trained is not null ? WriteTrained(trained, folder)
            : _settings.Tokenizer is { } from ? TakeOver(from, folder)
            : null;
        var config = _edit.Parse();
        if (tokenizer is not null)
            AtomicFile.WriteText(Path.Combine(folder, ModelConfig.GenerationFileName), ConfigEdit.Generation(tokenizer));
        AtomicFile.WriteText(Path.Combine(folder, ModelConfig.FileName), _edit.Text);
        _edit.Format.CheckImageSettings(("min-pixels", _settings.MinimumPixels), ("max-pixels", _settings.MaximumPixels));
        if (_edit.Format.Images is { } images)
            WriteProcessor(images, config.Vision!, folder);
        if (_settings.Tokenizer is null)
            WriteTemplate(trained, config, folder);
        var files = RandomCheckpoint.Write(
            folder,
            config,
            _settings.DType,
            _settings.Seed,
            _settings.ShardBytes,
            _settings.Progress,
            cancel
        );
        var parameters = RandomCheckpoint.CountParameters(config);
        return new InitResult(
            _settings.Output,
            config.ModelType,
            parameters,
            RandomCheckpoint.CountVisionParameters(config),
            parameters * _settings.DType.Bytes(),
            files.Count,
            config.Text.Vocab,
            tokenizer?.VocabularySize ?? 0,
            trained?.Merges ?? 0
        );
    }

    private TrainedTokenizer Train(string path, CancellationToken cancel)
    {
        var (standard, format) = (new BpeSettings(), _edit.Format);
        var minimum = _settings.MinimumFrequency ?? standard.MinimumFrequency;
        var settings = new BpeSettings
        {
            Vocabulary = _settings.Vocabulary ?? _edit.Vocabulary ?? standard.Vocabulary,
            MinimumFrequency = minimum,
            CapitalFrequency = (int)Math.Min(int.MaxValue, 10L * minimum),
        };
        var trainer = new BpeTrainer(settings, format.Tokens);
        using var data = Open(path);
        var samples = 0;
        foreach (var row in data.Read())
        {
            cancel.ThrowIfCancellationRequested();
            if (row.Unusable is { } unusable)
                _settings.Notice?.Invoke($"skipped: {unusable}");
            if (row.Sample is not { } sample)
                continue;
            samples++;
            foreach (var text in format.Chat.TextRuns(sample.Messages))
                trainer.Add(text);
        }
        if (samples == 0)
            throw new InputException("tokenizer-from", path, "no row can be used", $"run litre data check {path} to see why");
        var trained = trainer.Train();
        if (trained.VocabularySize < settings.Vocabulary)
            _settings.Notice?.Invoke(
                $"the vocabulary has {trained.VocabularySize} tokens instead of {settings.Vocabulary}: no other pair "
                    + $"occurs {minimum} times in the texts; to get more tokens, give more data or lower `min-frequency`"
            );
        return trained;
    }

    private static DataSet Open(string path)
    {
        try
        {
            return DataSet.Open(path);
        }
        catch (InputException e) when (e.Setting == "data")
        {
            throw new InputException("tokenizer-from", e.Value, e.Reason, e.Remedy, e);
        }
    }

    private Tokenizer WriteTrained(TrainedTokenizer trained, string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, "tokenizer.json"), trained.ToJson());
        var tokenizer = Tokenizer.Load(folder, _edit.Format.Tokens);
        _edit.SetVocabulary(tokenizer.VocabularySize);
        _edit.SetTokens(tokenizer);
        return tokenizer;
    }

    private Tokenizer TakeOver(string from, string folder)
    {
        if (!Directory.Exists(from))
            throw new InputException("tokenizer", from, "no such folder", $"give the folder of a {_edit.Format.Name} checkpoint");
        var tokenizer = Tokenizer.Load(from, _edit.Format.Tokens);
        if (_edit.Vocabulary is { } size && size < tokenizer.VocabularySize)
            throw new InputException(
                "tokenizer",
                from,
                $"has {tokenizer.VocabularySize} tokens, more than the vocab_size of {_settings.Config}, {size}",
                "raise vocab_size, or train a tokenizer with `tokenizer-from`"
            );
        _edit.SetTokens(tokenizer);
        foreach (var name in (string[])[.. TokenizerFiles, ProcessorFiles.ImageName, ProcessorFiles.VideoName])
        {
            var path = Path.Combine(from, name);
            if (File.Exists(path))
                File.Copy(path, Path.Combine(folder, name));
        }
        return tokenizer;
    }

    private void WriteProcessor(ImageContract images, VisionConfig vision, string folder)
    {
        var image = Path.Combine(folder, ProcessorFiles.ImageName);
        var options = ProcessorOptions.Load(folder, images);
        if (
            File.Exists(image)
            && (options.PatchSize, options.TemporalPatchSize, options.MergeSize)
                != (vision.PatchSize, vision.TemporalPatchSize, vision.SpatialMergeSize)
        )
        {
            throw new InputException(
                "tokenizer",
                _settings.Tokenizer,
                $"its processor makes patches of {options.TemporalPatchSize}x{options.PatchSize}x{options.PatchSize} "
                    + $"merged by {options.MergeSize}, but {_settings.Config} needs "
                    + $"{vision.TemporalPatchSize}x{vision.PatchSize}x{vision.PatchSize} merged by {vision.SpatialMergeSize}",
                "use the processor of a model with the same patches"
            );
        }
        options = options with
        {
            PatchSize = vision.PatchSize,
            TemporalPatchSize = vision.TemporalPatchSize,
            MergeSize = vision.SpatialMergeSize,
        };
        var limited = options.WithLimits(_settings.MinimumPixels, _settings.MaximumPixels);
        if (!File.Exists(image))
            AtomicFile.WriteText(image, ProcessorFiles.Image(images, limited));
        else if (limited != options)
            SetLimits(image, limited);
        var video = Path.Combine(folder, ProcessorFiles.VideoName);
        if (!File.Exists(video))
            AtomicFile.WriteText(video, ProcessorFiles.Video(images, limited));
    }

    // Changes the limits in a copied file and keeps the rest of it.
    private static void SetLimits(string path, ProcessorOptions options)
    {
        var root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        root.Remove("min_pixels");
        root.Remove("max_pixels");
        root["size"] = new JsonObject { ["longest_edge"] = options.MaximumPixels, ["shortest_edge"] = options.MinimumPixels };
        AtomicFile.WriteText(path, root.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private void WriteTemplate(TrainedTokenizer? trained, ModelConfig config, string folder)
    {
        var text = _edit.Format.Chat.TemplateText;
        var json = new JsonObject { ["chat_template"] = text }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        AtomicFile.WriteText(Path.Combine(folder, ChatTemplate.FileName), json + "\n");
        if (trained is not null)
            AtomicFile.WriteText(
                Path.Combine(folder, "tokenizer_config.json"),
                trained.ToConfigJson(text, config.Text.MaxPositionEmbeddings)
            );
    }
}
