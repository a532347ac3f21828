using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Training.Tuning;

namespace Litre.Cli.Errors;

/// <summary>Refuses values of <c>--model</c> and <c>--data</c> that are something else, and states what to give instead.</summary>
internal static partial class ModelArgument
{
    private static readonly string[] DataEndings = [".jsonl", ".csv", ".tsv", ".parquet", ".arrow"];
    private static readonly string[] ImageEndings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"];

    /// <summary>Accepts models, and everything that only the command itself can judge.</summary>
    /// <param name="model">The value of <c>--model</c>; null if not given.</param>
    /// <param name="data">The value of <c>--data</c>, or of a command's data argument; null if not given.</param>
    /// <param name="adapter">The value of <c>--adapter</c>; null if not given.</param>
    /// <param name="allowsNames">Whether the name of a published size, or a configuration without weights, is accepted.</param>
    /// <param name="dataOption">The option or argument that names the data.</param>
    /// <exception cref="InputException">The value is something else.</exception>
    public static void Check(string? model, string? data, string? adapter, bool allowsNames, string dataOption = "--data")
    {
        if (model is { Length: > 0 })
        {
            if (data is { Length: > 0 } && IsModel(data) && !IsModel(model) && (LooksLikeData(model) || !Path.Exists(model)))
                throw new InputException(
                    $"--model {model} and {dataOption} {data} are swapped: {data} is a model; give --model {data} and "
                        + $"your data as {dataOption}"
                );
            if (Directory.Exists(model))
                CheckFolder(model, adapter, dataOption);
            else if (File.Exists(model))
                CheckFile(model, allowsNames, dataOption);
            else
                CheckName(model, allowsNames);
        }
        if (data is { Length: > 0 } && IsModel(data) && !HoldsData(data))
            throw new InputException($"{dataOption} {data}: is a model (config.json and weights), not data; give your data folder or file");
    }

    private static void CheckFolder(string model, string? adapter, string dataOption)
    {
        if (File.Exists(In(model, ModelConfig.FileName)))
            return;
        if (File.Exists(In(model, AdapterConfig.FileName)))
        {
            if (adapter is { Length: > 0 } && IsModel(adapter))
                throw new InputException(
                    $"--model {model} and --adapter {adapter} are swapped: {model} is an adapter, {adapter} is a model"
                );
            throw new InputException(
                $"--model {model}: is an adapter, not a model; give it as --adapter {model}, and give as --model the model "
                    + $"that it was trained on{Base(model)}"
            );
        }
        if (File.Exists(In(model, Recipe.FileName)))
        {
            var best = In(model, "best");
            throw new InputException(
                File.Exists(In(best, ModelConfig.FileName))
                    ? $"--model {model}: is the folder of a run; its tuned model is --model {best}"
                    : $"--model {model}: is the folder of a run, not a model; give it as --adapter {model}, and give as --model "
                        + $"the model that the run tuned{TunedModel(model)}"
            );
        }
        // The hub's cache: the code that finds the snapshot in it reports what is wrong with it.
        if (Directory.Exists(In(model, "snapshots")) || Directory.EnumerateDirectories(model, "models--*").Any())
            return;
        if (Directory.EnumerateFiles(model, "*.gguf").FirstOrDefault() is { } gguf)
            throw Gguf(model, $"contains {Path.GetFileName(gguf)}, a GGUF file");
        var inside = Directory.EnumerateDirectories(model).Where(IsModel).Take(2).ToList();
        if (inside.Count == 1)
            throw new InputException($"--model {model}: has no {ModelConfig.FileName}, but contains a model; give --model {inside[0]}");
        if (HoldsData(model))
            throw new InputException(
                $"--model {model}: contains data, not a model (there is no {ModelConfig.FileName}); give it as "
                    + $"{dataOption}, and the folder of a model as --model"
            );
    }

    private static void CheckFile(string model, bool allowsNames, string dataOption)
    {
        var name = Path.GetFileName(model);
        if (Path.GetExtension(name).Equals(".gguf", StringComparison.OrdinalIgnoreCase) || BeginsWith(model, "GGUF"u8))
            throw Gguf(model, "is a GGUF file");
        var folder = Path.GetDirectoryName(model) is { Length: > 0 } parent ? parent : ".";
        if (name.EndsWith(".safetensors", StringComparison.Ordinal) || name == Checkpoint.IndexName)
            throw new InputException($"--model {model}: is a weight file of a model; give its folder, --model {folder}");
        if (LooksLikeData(model))
            throw new InputException(
                $"--model {model}: is a data file, not a model; give it as {dataOption}, and the folder of a model as --model"
            );
        if (name == ModelConfig.FileName && !allowsNames)
            throw new InputException($"--model {model}: is a model's configuration; give its folder, --model {folder}");
        if (!allowsNames)
            throw new InputException(
                $"--model {model}: is a file; give the folder of a model as downloaded (config.json, " + "*.safetensors, tokenizer.json)"
            );
    }

    private static void CheckName(string model, bool allowsNames)
    {
        if (ModelFamilies.FindPublished(model) is { } published)
        {
            if (allowsNames)
                return;
            var name = model.Contains('/', StringComparison.Ordinal) ? model : PublishedName.Find(model) ?? published.Name;
            throw new InputException(
                $"--model {model}: is the name of a published model, not a folder; download it with "
                    + $"`litre model get {name}`, then give its folder"
            );
        }
        if (HubName().IsMatch(model) && !Directory.Exists(model.Split('/')[0]))
            throw new InputException(
                $"--model {model}: no such folder; if it is a model on the hub, download it with "
                    + $"`litre model get {model}`, then give its folder"
            );
        var path = Path.TrimEndingDirectorySeparator(model);
        var parent = Path.GetDirectoryName(Path.GetFullPath(path));
        if (parent is null || !Directory.Exists(parent))
            return;
        var siblings = Directory.EnumerateDirectories(parent).Where(IsModel).Select(d => Path.GetFileName(d)).ToList();
        if (SettingNames.Nearest(Path.GetFileName(path), siblings) is { } near)
            throw new InputException($"--model {model}: no such folder; did you mean {In(Path.GetDirectoryName(path) ?? "", near)}?");
    }

    private static InputException Gguf(string model, string what) =>
        new(
            $"--model {model}: {what}, quantized for inference only; tuning needs the published safetensors files; download "
                + $"them with `litre model get "
                + $"{ModelFamilies.Default.Format.HubName(ModelFamilies.Default.Format.ExampleModel)}`, for example"
        );

    private static bool IsModel(string path) =>
        Directory.Exists(path)
        && File.Exists(In(path, ModelConfig.FileName))
        && (File.Exists(In(path, Checkpoint.SingleName)) || File.Exists(In(path, Checkpoint.IndexName)));

    private static bool LooksLikeData(string path) =>
        File.Exists(path)
            ? DataEndings.Contains(Path.GetExtension(path).ToLowerInvariant())
                || (
                    Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
                    && (BeginsWith(path, "["u8) || BeginsWith(path, "\n["u8))
                )
            : Directory.Exists(path) && HoldsData(path);

    private static bool HoldsData(string folder) =>
        Directory
            .EnumerateFiles(folder)
            .Take(1000)
            .Any(file =>
                Path.GetExtension(file).ToLowerInvariant() is var ending
                && (DataEndings.Contains(ending) || ImageEndings.Contains(ending) || (ending == ".json" && LooksLikeData(file)))
            );

    private static bool BeginsWith(string file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var stream = File.OpenRead(file);
            Span<byte> read = stackalloc byte[bytes.Length];
            return stream.ReadAtLeast(read, read.Length, throwOnEndOfStream: false) == read.Length && read.SequenceEqual(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Base(string adapter)
    {
        try
        {
            using var config = System.Text.Json.JsonDocument.Parse(File.ReadAllText(In(adapter, AdapterConfig.FileName)));
            return config.RootElement.TryGetProperty("base_model_name_or_path", out var name) && name.GetString() is { Length: > 0 } text
                ? $" ({text})"
                : "";
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or System.Text.Json.JsonException or InvalidOperationException)
        {
            return "";
        }
    }

    private static string TunedModel(string run)
    {
        try
        {
            return Recipe.Read(In(run, Recipe.FileName), new TuneSettings()).Model is { Length: > 0 } model ? $" ({model})" : "";
        }
        catch (InputException)
        {
            return "";
        }
    }

    private static string In(string folder, string name) => Path.Combine(folder, name);

    [GeneratedRegex("""^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$""")]
    private static partial Regex HubName();
}
