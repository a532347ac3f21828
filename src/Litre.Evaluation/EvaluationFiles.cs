using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core.Files;

namespace Litre.Evaluation;

/// <summary>An evaluation on disk: <c>evaluation.json</c> and <c>answers.jsonl</c>.</summary>
public static class EvaluationFiles
{
    public const string ResultName = "evaluation.json";

    /// <summary>The comparison of downscaled pages with tiled ones.</summary>
    public const string TilesName = "tiles.json";

    public const string AnswersName = "answers.jsonl";

    // Chinese answers stay readable; these files are never embedded in a page unescaped.
    private static readonly JsonSerializerOptions Indented = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static readonly JsonSerializerOptions OneLine = new(Indented) { WriteIndented = false };

    /// <summary>The result without its answers, as JSON.</summary>
    public static string ToJson(EvaluationResult result) => JsonSerializer.Serialize(result, Indented);

    /// <summary>The benefit of tiles, as JSON: <c>base</c> means the downscaled page, <c>tuned</c> the tiles.</summary>
    public static string ToJson(TileComparison comparison) => JsonSerializer.Serialize(comparison, Indented);

    /// <summary>Every answer, one JSON object per line.</summary>
    public static string ToJsonLines(EvaluationResult result)
    {
        var text = new StringBuilder();
        foreach (var answer in result.Answers)
            text.Append(JsonSerializer.Serialize(answer, OneLine)).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes both files; each appears complete or not at all.</summary>
    /// <exception cref="Core.InputException">The folder cannot be written, or the disk is full.</exception>
    public static void Write(string folder, EvaluationResult result)
    {
        AtomicFile.WriteText(Path.Combine(folder, AnswersName), ToJsonLines(result));
        AtomicFile.WriteText(Path.Combine(folder, ResultName), ToJson(result) + "\n");
    }
}
