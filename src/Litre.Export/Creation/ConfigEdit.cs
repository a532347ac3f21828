using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Data.Families;
using Litre.Data.Tokenization;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Torch;

namespace Litre.Export.Creation;

/// <summary>A config.json whose fields about tokens follow a tokenizer; everything else stays as the user wrote it.</summary>
internal sealed class ConfigEdit
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private readonly string _path;
    private readonly JsonObject _root;
    private readonly FamilyFormat? _format;

    private ConfigEdit(string path, JsonObject root, FamilyFormat? format) => (_path, _root, _format) = (path, root, format);

    /// <exception cref="InputException">The file does not exist or is not a configuration.</exception>
    internal static ConfigEdit Read(string config)
    {
        var path = Directory.Exists(config) ? Path.Combine(config, ModelConfig.FileName) : config;
        if (!File.Exists(path))
            throw new InputException(
                $"{config}: {(path == config ? "no such file" : $"has no {ModelConfig.FileName}")}; give a model's "
                    + "config.json, such as recipes/nano/config.json, or a folder that contains one"
            );
        try
        {
            if (JsonNode.Parse(File.ReadAllText(path), documentOptions: Options) is JsonObject root)
            {
                FamilyFormat? format = null;
                if (root["model_type"] is JsonValue type && type.TryGetValue<string>(out var name))
                {
                    format = ModelFamilies.Find(name)?.Format;
                    if (format is null)
                        _ = ModelConfigs.Parse(path, root.ToJsonString()); // refuses the type by name
                }
                // Text-only models have no part for it.
                if (root["text_config"] is JsonObject || format is { Images: null })
                    return new ConfigEdit(path, root, format);
            }
        }
        catch (Exception e)
            when (e is JsonException or IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            throw new InputException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); give a model's config.json", e);
        }
        throw new InputException($"{path}: has no text_config; give a model's config.json, such as recipes/nano/config.json");
    }

    /// <summary>The format of the model's family.</summary>
    /// <exception cref="InputException">The configuration belongs to no family that Litre supports.</exception>
    internal FamilyFormat Format => _format ?? Parse().Family.Format;

    private JsonObject TextPart => _root["text_config"] as JsonObject ?? _root;

    /// <summary>The vocabulary size in the file, or null.</summary>
    internal int? Vocabulary => TextPart["vocab_size"] is JsonValue value && value.TryGetValue<int>(out var size) ? size : null;

    internal string Text => _root.ToJsonString(Indented) + "\n";

    /// <exception cref="InputException">The configuration requires something that Litre does not support.</exception>
    internal ModelConfig Parse() => ModelConfigs.Parse(_path, Text);

    internal void SetDType(DType dtype)
    {
        var text = TextPart;
        foreach (var part in (JsonObject[])[_root, text])
        {
            // Releases before 4.56 wrote the other name; both at once would contradict each other.
            part.Remove("torch_dtype");
            part.Remove("dtype");
        }
        _root["dtype"] = dtype.Name();
        text["dtype"] = dtype.Name();
    }

    internal void SetVocabulary(int size) => TextPart["vocab_size"] = size;

    internal void SetTokens(Tokenizer tokenizer)
    {
        var (text, format) = (TextPart, tokenizer.Format);
        var (end, pad) = (tokenizer.IdOf(format.TurnEnd), tokenizer.IdOf(format.EndOfText));
        (text["bos_token_id"], text["eos_token_id"]) = (pad, end);
        if (format.Visual is { } visual)
        {
            _root["image_token_id"] = tokenizer.IdOf(visual.ImagePad);
            _root["video_token_id"] = tokenizer.IdOf(visual.VideoPad);
            _root["vision_start_token_id"] = tokenizer.IdOf(visual.Start);
            _root["vision_end_token_id"] = tokenizer.IdOf(visual.End);
        }
        // The hub's files have these only there; if another place has one, it must name the same token.
        if (text.ContainsKey("pad_token_id"))
            text["pad_token_id"] = pad;
        foreach (var (name, id) in ((string, int)[])[("bos_token_id", pad), ("eos_token_id", end), ("pad_token_id", pad)])
            if (_root.ContainsKey(name))
                _root[name] = id;
    }

    /// <summary>The text of generation_config.json: the tokens that end an answer, and greedy decoding.</summary>
    internal static string Generation(Tokenizer tokenizer)
    {
        var (end, pad) = (tokenizer.IdOf(tokenizer.Format.TurnEnd), tokenizer.IdOf(tokenizer.Format.EndOfText));
        var root = new JsonObject
        {
            ["bos_token_id"] = pad,
            ["do_sample"] = false,
            ["eos_token_id"] = new JsonArray(end, pad),
            ["pad_token_id"] = pad,
            ["transformers_version"] = "4.57.0",
        };
        return root.ToJsonString(Indented) + "\n";
    }
}
