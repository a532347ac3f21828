using Litre.Core;
using Litre.Core.Json;
using Litre.Torch;

namespace Litre.Model.Configuration;

/// <summary>
/// Configuration of a Qwen3-VL checkpoint, dense or mixture of experts. Reads <c>config.json</c> in the hub's spelling
/// (<c>num_experts</c>, <c>rope_theta</c>, <c>rope_scaling</c>) and in transformers 5's (<c>num_local_experts</c>,
/// <c>rope_parameters</c>), and takes the ends of a turn from <c>generation_config.json</c> where it stands beside.
/// </summary>
public sealed record ModelConfig
{
    public const string DenseType = "qwen3_vl";
    public const string MoeType = "qwen3_vl_moe";
    public const string FileName = "config.json";
    public const string GenerationFileName = "generation_config.json";

    /// <summary><see cref="DenseType"/> or <see cref="MoeType"/>.</summary>
    public required string ModelType { get; init; }

    public required TextConfig Text { get; init; }

    public required VisionConfig Vision { get; init; }

    /// <summary>Whether the output head is the embedding itself; then the checkpoint may lack <c>lm_head.weight</c>.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Element type that the configuration names; null where it names none, and the weights' own type rules.</summary>
    public DType? DType { get; init; }

    public required int ImageTokenId { get; init; }

    public required int VideoTokenId { get; init; }

    public required int VisionStartTokenId { get; init; }

    public required int VisionEndTokenId { get; init; }

    /// <summary>Tokens that end an answer; empty where no file names one.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Padding token; null where no file names one.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>
    /// The text of <c>config.json</c> as it was read, so that an export can copy it; null for a configuration made in code.
    /// </summary>
    public string? RawJson { get; init; }

    /// <summary>Whether any layer has experts.</summary>
    public bool IsMoe => Text.Experts > 0;

    /// <summary>Reads a model folder's <c>config.json</c>, or the file itself.</summary>
    /// <exception cref="InputException">The file is missing or damaged, or asks for something that Litre does not compute.</exception>
    public static ModelConfig Load(string folderOrFile)
    {
        var isFolder = Directory.Exists(folderOrFile);
        var path = isFolder ? Path.Combine(folderOrFile, FileName) : folderOrFile;
        if (isFolder && !File.Exists(path))
            throw new InputException($"{folderOrFile}: has no {FileName}; give the folder of a Qwen3-VL model as downloaded");
        var beside = Path.Combine(Path.GetDirectoryName(path) ?? "", GenerationFileName);
        return ModelConfigReader.Read(path, FileReading.ReadText(path), File.Exists(beside) ? beside : null);
    }

    /// <summary>Reads a configuration from its text; <paramref name="path"/> is for messages.</summary>
    /// <exception cref="InputException">The text is damaged, or asks for something that Litre does not compute.</exception>
    public static ModelConfig Parse(string path, string json) => ModelConfigReader.Read(path, json, null);

    /// <summary>Writes the configuration in the hub's spelling, which every version of transformers with Qwen3-VL reads.</summary>
    public string ToJson() => ModelConfigWriter.Write(this);
}
