using System.Text.Json;
using Litre.Core;
using Litre.Data.Samples;
using Litre.Inference.Constraints;
using Litre.Inference.Sampling;
using Litre.Server.Answers;

namespace Litre.Server.OpenAi;

/// <summary>The body of a request to <c>/v1/chat/completions</c>.</summary>
internal sealed record ChatRequest
{
    private const int MaxCount = 8;
    private const int MaxTopLogProbs = 20;
    private const string Special = @"\.+*?()[]{}|^$";

    /// <summary>The model or adapter; null for the base model.</summary>
    public required string? Model { get; init; }

    public required Sample Sample { get; init; }

    public required GenerationSettings Settings { get; init; }

    public required AnswerReading Reading { get; init; }

    /// <summary>The number of answers.</summary>
    public required int Count { get; init; }

    public required bool Streams { get; init; }

    /// <summary>Whether a stream ends with the number of tokens.</summary>
    public required bool StreamsUsage { get; init; }

    /// <summary>Reads a request. Fields without effect on the answer are ignored.</summary>
    /// <param name="body">The body.</param>
    /// <param name="defaults">Settings that the request leaves open.</param>
    /// <param name="maximumImages">The number of images that a request may show.</param>
    /// <exception cref="InputException">A field is missing, malformed, or not supported.</exception>
    public static ChatRequest Parse(JsonElement body, GenerationSettings defaults, int maximumImages)
    {
        var root = new RequestField(body, "");
        UnsupportedFields.Check(root);
        var choice = FunctionFields.Choice(root, out var isSingle);
        var tools = choice.Kind == ToolChoiceKind.None ? [] : FunctionFields.Tools(root);
        var isForced = choice.Kind == ToolChoiceKind.Required;
        var format = isForced ? ForcedCall.Format(tools, choice) : Format(root);
        return new ChatRequest
        {
            Model = root.Get("model")?.Text(),
            Sample = ChatMessages.Read(root, tools, maximumImages),
            Settings = Sampling(root, defaults) with { Format = format },
            Reading =
                isForced ? AnswerReading.ForcedCall
                : format is not null ? AnswerReading.Constrained
                : tools.Count == 0 ? AnswerReading.Text
                : isSingle ? AnswerReading.SingleCall
                : AnswerReading.Calls,
            Count = Within(root.Get("n"), 1, MaxCount) ?? 1,
            Streams = root.Get("stream")?.Truth() ?? false,
            StreamsUsage = root.Get("stream_options")?.Get("include_usage")?.Truth() ?? false,
        };
    }

    private static GenerationSettings Sampling(RequestField root, GenerationSettings defaults)
    {
        var top = Within(root.Get("top_logprobs"), 0, MaxTopLogProbs) ?? 0;
        var logProbs = root.Get("logprobs")?.Truth() ?? false;
        if (top > 0 && !logProbs)
            throw new InputException("top_logprobs", top, "needs logprobs", "send logprobs: true");
        return defaults with
        {
            MaxNewTokens = Within(root.Get("max_completion_tokens") ?? root.Get("max_tokens"), 1, int.MaxValue) ?? defaults.MaxNewTokens,
            Temperature = root.Get("temperature")?.Number() ?? defaults.Temperature,
            TopP = root.Get("top_p")?.Number() ?? defaults.TopP,
            // vLLM's value for all tokens is -1.
            TopK = Math.Max(0, Within(root.Get("top_k"), -1, int.MaxValue) ?? defaults.TopK),
            MinP = root.Get("min_p")?.Number() ?? defaults.MinP,
            PresencePenalty = root.Get("presence_penalty")?.Number() ?? defaults.PresencePenalty,
            FrequencyPenalty = root.Get("frequency_penalty")?.Number() ?? defaults.FrequencyPenalty,
            RepetitionPenalty = root.Get("repetition_penalty")?.Number() ?? defaults.RepetitionPenalty,
            Seed = root.Get("seed") is { } seed ? Seed(seed) : Random.Shared.Next(),
            StopStrings = root.Get("stop") is { } stop ? [.. stop.IsText ? [stop.Text()] : stop.Items().Select(s => s.Text())] : [],
            LogProbs = logProbs,
            TopLogProbs = top,
        };
    }

    // Clients send any 64-bit number.
    private static int Seed(RequestField field) =>
        field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt64(out var seed)
            ? (int)(seed & int.MaxValue)
            : throw field.Refuse("expected a whole number");

    private static int? Within(RequestField? field, int minimum, int maximum)
    {
        if (field is not { } given)
            return null;
        var value = given.Integer();
        if (value >= minimum && value <= maximum)
            return value;
        throw given.Refuse(maximum == int.MaxValue ? $"expected {minimum} or more" : $"expected a number from {minimum} to {maximum}");
    }

    private static AnswerFormat? Format(RequestField root)
    {
        var found = new[] { ResponseFormat(root), Structured(root.Get("structured_outputs"), ""), Structured(root, "guided_") }
            .OfType<AnswerFormat>()
            .ToList();
        return found.Count > 1
            ? throw new InputException(
                "response_format",
                null,
                "the request gives more than one form of the answer",
                "give response_format, structured_outputs or a guided field"
            )
            : found.FirstOrDefault();
    }

    private static AnswerFormat? ResponseFormat(RequestField root)
    {
        if (root.Get("response_format") is not { } format)
            return null;
        var type = format.Require("type");
        return type.Text() switch
        {
            "text" => null,
            "json_object" => AnswerFormat.JsonObject,
            "json_schema" => Schema(format.Require("json_schema").Require("schema")),
            var other => throw type.Refuse($"'{other}' is not supported", "use text, json_object or json_schema"),
        };
    }

    // vLLM's fields.
    private static AnswerFormat? Structured(RequestField? given, string prefix)
    {
        if (given is not { } fields)
            return null;
        if (fields.Get(prefix + "json") is { } schema)
            return Schema(schema);
        if (fields.Get(prefix + "regex") is { } expression)
            return AnswerFormat.Regex(expression.Text());
        if (fields.Get(prefix + "choice") is { } choice)
            return AnswerFormat.Regex(string.Join('|', choice.Items().Select(c => Escape(c.Text()))));
        return prefix.Length == 0 && fields.Get("json_object")?.Truth() == true ? AnswerFormat.JsonObject
            : prefix.Length == 0 && fields.Value.GetPropertyCount() > 0
                ? throw fields.Refuse("has no form that is supported", "use json, json_object, regex or choice")
            : null;
    }

    private static string Escape(string text) =>
        string.Concat(text.Select(c => Special.Contains(c, StringComparison.Ordinal) ? $"\\{c}" : $"{c}"));

    private static AnswerFormat Schema(RequestField schema) =>
        AnswerFormat.JsonSchema(schema.IsText ? schema.Text() : schema.Value.GetRawText());
}
